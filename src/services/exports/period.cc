#include "services/exports/period.h"

namespace vitrine::exports {

Nanos PeriodOf(Nanos time, int64_t every_ns) {
  int64_t rest = time.since_epoch % every_ns;
  if (rest < 0) rest += every_ns;
  return {time.since_epoch - rest};
}

std::string PathOf(const ExportSetting& setting, Nanos period) {
  const std::string time = FormatRfc3339(period);  // "2026-11-21T10:00:00.000000000Z"
  std::string path = "date=" + time.substr(0, 10);
  if (setting.every_ns < kNanosPerDay) path += "/hour=" + time.substr(11, 2);
  return path + "/" + setting.name + "." + std::string(FormatName(setting.format));
}

Nanos CatchUp(const ExportSetting& setting, Nanos next, Nanos now, uint64_t& skipped) {
  const Nanos oldest = PeriodOf(now + -setting.catch_up_ns, setting.every_ns);
  if (next >= oldest) return next;
  skipped += static_cast<uint64_t>((oldest - next) / setting.every_ns);
  return oldest;
}

std::string_view FormatName(query::ExportFormat format) {
  switch (format) {
    case query::ExportFormat::kJsonLines: return "jsonl";
    case query::ExportFormat::kCsv: return "csv";
    case query::ExportFormat::kParquet: return "parquet";
  }
  return "parquet";
}

std::string_view WhatName(ExportWhat what) {
  switch (what) {
    case ExportWhat::kTraces: return "traces";
    case ExportWhat::kCalls: return "calls";
    case ExportWhat::kSpans: return "spans";
    case ExportWhat::kScores: return "scores";
  }
  return "spans";
}

}  // namespace vitrine::exports
