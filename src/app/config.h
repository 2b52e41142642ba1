// Config: settings of the server. Flag over environment (VITRINE_...) over file (--config) over
// default; each remembers its origin. Owner: main. Read once at start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitrine::app {

/// One setting: its names, default and meaning. The table of all is kSettings in config.cc.
struct Setting {
  std::string_view key;  ///< In the file: "section.name"; as a flag: "--section-name".
  std::string_view default_value;
  std::string_view meaning;
  bool is_secret = false;
};

struct ConfigValue {
  std::string value;
  std::string
      origin;  ///< "default", "flag --listen", "environment VITRINE_LISTEN", "file vitrine.toml".
};

class Config {
 public:
  /// Reads flags (without the program and command names), environment and file.
  /// Errors: kInvalidInput naming the flag, the file and the line.
  static Result<Config> Load(const std::vector<std::string>& arguments, char** environment);

  const ConfigValue& Get(std::string_view key) const;
  std::string Text(std::string_view key) const { return Get(key).value; }
  /// Bytes with suffix ("512MB", "8GiB"), or a plain count.
  Result<uint64_t> Size(std::string_view key) const;

  static const std::vector<Setting>& Settings();
  /// API keys from the file: [[keys]] key = "...", project = "...".
  struct ApiKey {
    std::string key;
    std::string project;
  };
  const std::vector<ApiKey>& keys() const { return keys_; }

 private:
  std::vector<ConfigValue> values_;  ///< In the order of Settings().
  std::vector<ApiKey> keys_;
};

}  // namespace vitrine::app
