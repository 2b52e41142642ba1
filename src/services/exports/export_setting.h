// ExportSetting: one [export.NAME] of the configuration. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "query/export.h"
#include "services/exports/limits.h"
#include "upstream/aws_signature.h"

namespace vitrine::exports {

/// An S3-compatible storage.
struct ObjectStore {
  std::string endpoint;  ///< "https://s3.eu-central-1.amazonaws.com"; empty: none.
  std::string bucket, prefix;
  upstream::AwsCredentials credentials;
  uint64_t part_bytes = kPartBytesDefault;  ///< Longer files go in parts of this size.
  bool operator==(const ObjectStore&) const = default;
};

/// What is exported. The first three are units of the filter language.
enum class ExportWhat : uint8_t { kTraces, kCalls, kSpans, kScores };

struct ExportSetting {
  std::string name;
  std::string folder;  ///< One of the two.
  ObjectStore store;
  ExportWhat what = ExportWhat::kSpans;
  std::string project = "default";
  std::string filter;
  query::ExportFormat format = query::ExportFormat::kParquet;
  int64_t every_ns = 3'600 * kNanosPerSecond;  ///< An hour or a day, UTC.
  int64_t delay_ns = 600 * kNanosPerSecond;    ///< After a period's end, for spans that are late.
  int64_t catch_up_ns = 7 * kNanosPerDay;      ///< Periods that ended longer ago are passed over.
  std::optional<Nanos> since;  ///< Of a new export: the first period; else the one that runs.
  bool operator==(const ExportSetting&) const = default;
};

}  // namespace vitrine::exports
