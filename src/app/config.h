// Config: settings of the server. Flag over environment (VITRINE_...) over file (--config) over
// default; each remembers its origin. Owner: main. Read once at start.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/export_tables.h"
#include "app/forward_tables.h"
#include "app/gateway_tables.h"
#include "base/result.h"

namespace vitrine::app {

enum class SettingKind : uint8_t { kText, kSize, kCount, kDuration };

/// One setting: its names, default and meaning. The table of all is in config.cc.
struct Setting {
  std::string_view key;  ///< In the file: "section.name"; as a flag: "--section-name".
  std::string_view default_value;
  std::string_view value_name;  ///< Of the flag: "HOST:PORT".
  std::string_view meaning;
  SettingKind kind = SettingKind::kText;
  uint64_t min = 0, max = 0;  ///< Of everything but texts, inclusive; durations in milliseconds.
  bool is_optional = false;   ///< Empty text is a value, too.
  bool is_secret = false;
};

struct ConfigValue {
  std::string value;
  /// "default", "flag --listen", "environment VITRINE_LISTEN", "file vitrine.toml".
  std::string origin;
};

class Config {
 public:
  /// Reads flags ("--name=value"), environment and file.
  /// Errors: kInvalidInput naming the flag, the variable, or the file with its line or key.
  static Result<Config> Load(const std::vector<std::string>& arguments, char** environment);

  const ConfigValue& Get(std::string_view key) const;
  std::string Text(std::string_view key) const { return Get(key).value; }
  /// The number of a size ("512MB", "8GiB"), a count, or a duration in milliseconds ("30s"); 0
  /// where an optional one is empty.
  uint64_t Number(std::string_view key) const;

  static const std::vector<Setting>& Settings();
  /// "--log-size-max" of "log.size_max".
  static std::string FlagOf(std::string_view key);

  /// API keys from the file: [[keys]] key = "...", project = "...".
  struct ApiKey {
    std::string key;
    std::string project;
  };
  const std::vector<ApiKey>& keys() const { return keys_; }

  /// What the file says of the gateway in tables: upstreams, keys, limits, guardrails.
  const GatewayTables& gateway() const { return gateway_; }

  /// The configuration file that was read; empty for none.
  const std::string& file() const { return file_; }

  /// [forward.NAME], by name.
  const std::vector<forward::ForwardSetting>& forward() const { return forward_; }
  /// [export.NAME], likewise.
  const std::vector<exports::ExportSetting>& exports() const { return exports_; }

 private:
  Result<void> TakeFlags(const std::vector<std::string>& arguments, std::string& file);
  Result<void> TakeFile(const std::string& path);
  void TakeEnvironment(char** environment);
  Result<void> Check() const;

  std::vector<ConfigValue> values_;  ///< In the order of Settings().
  std::vector<ApiKey> keys_;
  std::string file_;
  GatewayTables gateway_;
  std::vector<forward::ForwardSetting> forward_;
  std::vector<exports::ExportSetting> exports_;
};

}  // namespace vitrine::app
