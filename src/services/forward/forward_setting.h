// ForwardSetting: one [forward.NAME] of the configuration. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "syntax/compress/compress.h"

namespace vitrine::forward {

struct ForwardSetting {
  std::string name;
  std::string url;          ///< Where traces go, path included; empty: nowhere.
  std::string metrics_url;  ///< Where metrics go; empty: nowhere.
  std::vector<std::pair<std::string, std::string>> headers;
  compress::Encoding compression = compress::Encoding::kGzip;
  std::string filter;   ///< In the filter language, of what one span says; empty: every span.
  std::string project;  ///< Empty: every project.
  bool sends_content = true;
  uint64_t queue_bytes_max = 0;
  int64_t wait_ms = 1'000;  ///< For more spans, before a request is sent that has room.
  int64_t metrics_interval_ms = 60'000;
  bool operator==(const ForwardSetting&) const = default;
};

}  // namespace vitrine::forward
