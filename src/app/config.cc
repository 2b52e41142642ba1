#include "app/config.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>

#include "access/project.h"
#include "app/byte_size.h"
#include "app/duration.h"
#include "app/whole_file.h"
#include "base/arena.h"
#include "base/check.h"
#include "syntax/json/json_document.h"
#include "syntax/toml/toml_text.h"

namespace vitrine::app {

namespace {

using syntax::JsonValue;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kTiB = uint64_t{1} << 40;

constexpr SettingKind kSize = SettingKind::kSize;
constexpr SettingKind kCount = SettingKind::kCount;
constexpr SettingKind kDuration = SettingKind::kDuration;
// The server looks at running calls ten times a second; nothing shorter can be kept.
constexpr uint64_t kPhaseMsMin = 100, kPhaseMsMax = 24 * 3'600'000;

constexpr Setting kSettings[] = {
    {.key = "data",
     .default_value = "./vitrine-data",
     .value_name = "DIR",
     .meaning = "folder for the log, the engine's tables and the catalog"},
    {.key = "listen",
     .default_value = "127.0.0.1:7080",
     .value_name = "HOST:PORT",
     .meaning = "address of the UI, the API and every door; port 0 takes a free one"},
    {.key = "otlp.listen",
     .default_value = "127.0.0.1:4318",
     .value_name = "HOST:PORT",
     .meaning = "second address for OTLP/HTTP; empty for none",
     .is_optional = true},
    {.key = "project",
     .default_value = "default",
     .value_name = "NAME",
     .meaning = "project of requests that name none"},
    {.key = "api_key",
     .default_value = "",
     .value_name = "KEY",
     .meaning = "a key that requests must carry; needed when listening beyond loopback",
     .is_optional = true,
     .is_secret = true},
    {.key = "master_key",
     .default_value = "",
     .value_name = "KEY",
     .meaning = "32 bytes, as hex or base64, that seal what the server keeps of providers' keys; "
                "env:NAME or file:PATH; empty for the file master.key in the data folder",
     .is_optional = true,
     .is_secret = true},
    // Less holds no second of traffic.
    {.key = "log.size_max",
     .default_value = "8GiB",
     .value_name = "SIZE",
     .meaning = "durable log on disk at most; beyond it senders are asked to wait",
     .kind = kSize,
     .min = kMiB,
     .max = 16 * kTiB},
    {.key = "log.free_space_min",
     .default_value = "256MiB",
     .value_name = "SIZE",
     .meaning = "stop acknowledging when the disk has less than this left",
     .kind = kSize,
     .min = 0,
     .max = 16 * kTiB},
    {.key = "engine.program",
     .default_value = "",
     .value_name = "FILE",
     .meaning = "vitrine-engine; empty for the one beside this program",
     .is_optional = true},
    // At rest it takes 200 MB; with less than twice that no merge succeeds.
    {.key = "engine.memory",
     .default_value = "1200MiB",
     .value_name = "SIZE",
     .meaning = "memory of the engine at most",
     .kind = kSize,
     .min = 400 * kMiB,
     .max = 16 * kTiB},
    {.key = "engine.threads",
     .default_value = "2",
     .value_name = "N",
     .meaning = "threads of one query",
     .kind = kCount,
     .min = 1,
     .max = 256},
    {.key = "engine.priority",
     .default_value = "normal",
     .value_name = "WHICH",
     .meaning = "normal, or idle: the engine has only processor time that nothing else wants, for "
                "a gateway on a busy machine; questions and new spans wait then"},
    {.key = "engine.http",
     .default_value = "",
     .value_name = "PORT",
     .meaning = "port on 127.0.0.1 for ClickHouse's HTTP interface; empty for none",
     .kind = kCount,
     .min = 0,
     .max = 65'535,
     .is_optional = true},
    {.key = "http.threads",
     .default_value = "2",
     .value_name = "N",
     .meaning = "threads for requests",
     .kind = kCount,
     .min = 1,
     .max = 256},
    {.key = "http.hosts",
     .default_value = "",
     .value_name = "HOSTS",
     .meaning = "what the server is called besides localhost where it asks for no API key, as "
                "vitrine.example.com or *.example.com, with commas between",
     .is_optional = true},
    {.key = "prices.overrides",
     .default_value = "",
     .value_name = "FILE",
     .meaning = "TOML file with your own prices",
     .is_optional = true},
    {.key = "gateway.allowed_targets",
     .default_value = "",
     .value_name = "HOSTS",
     .meaning = "hosts that a request's header may name as target, as api.example.com or "
                "*.example.com, with commas between; never private addresses",
     .is_optional = true},
    {.key = "gateway.ca_file",
     .default_value = "",
     .value_name = "FILE",
     .meaning = "certificates (PEM) that upstreams and targets of forwarding may have beside the "
                "system's",
     .is_optional = true},
    {.key = "gateway.cache_max",
     .default_value = "64MiB",
     .value_name = "SIZE",
     .meaning = "memory for answers of upstreams that have a cache_ttl",
     .kind = kSize,
     .min = kMiB,
     .max = kTiB},
    // Less would not hold the answers of a few large calls.
    {.key = "gateway.recording_max",
     .default_value = "256MiB",
     .value_name = "SIZE",
     .meaning = "memory for calls that are being recorded; beyond it the oldest that wait for the "
                "disk are dropped, and counted",
     .kind = kSize,
     .min = kMiB,
     .max = kTiB},
    {.key = "gateway.connect_timeout",
     .default_value = "10s",
     .value_name = "TIME",
     .meaning = "for finding an upstream's address and connecting",
     .kind = kDuration,
     .min = kPhaseMsMin,
     .max = kPhaseMsMax},
    {.key = "gateway.tls_timeout",
     .default_value = "10s",
     .value_name = "TIME",
     .meaning = "for the TLS handshake with an upstream",
     .kind = kDuration,
     .min = kPhaseMsMin,
     .max = kPhaseMsMax},
    {.key = "gateway.send_timeout",
     .default_value = "60s",
     .value_name = "TIME",
     .meaning = "for an upstream that takes no byte of a request",
     .kind = kDuration,
     .min = kPhaseMsMin,
     .max = kPhaseMsMax},
    {.key = "gateway.first_byte_timeout",
     .default_value = "600s",
     .value_name = "TIME",
     .meaning = "from a request's end to the first byte of its answer",
     .kind = kDuration,
     .min = kPhaseMsMin,
     .max = kPhaseMsMax},
    {.key = "gateway.idle_timeout",
     .default_value = "600s",
     .value_name = "TIME",
     .meaning = "between two bytes of an answer",
     .kind = kDuration,
     .min = kPhaseMsMin,
     .max = kPhaseMsMax},
    {.key = "gateway.timelines",
     .default_value = "all",
     .value_name = "SHARE",
     .meaning = "sessions whose streamed calls keep the time of each token: all, none, or 10%"},
    {.key = "gateway.stall_min",
     .default_value = "250ms",
     .value_name = "TIME",
     .meaning = "the shortest pause within a streamed answer that is a stall",
     .kind = kDuration,
     .min = 1,
     .max = kPhaseMsMax},
    {.key = "gateway.stall_factor",
     .default_value = "8",
     .value_name = "N",
     .meaning = "a stall is also this many times the median pause of its stream",
     .kind = kCount,
     .min = 1,
     .max = 1'000'000},
};

}  // namespace

const std::vector<Setting>& Config::Settings() {
  static const std::vector<Setting> settings(std::begin(kSettings), std::end(kSettings));
  return settings;
}

std::string Config::FlagOf(std::string_view key) {
  std::string flag = "--" + std::string(key);
  std::ranges::replace(flag, '.', '-');
  std::ranges::replace(flag, '_', '-');
  return flag;
}

namespace {

size_t IndexOf(std::string_view key) {
  const auto& settings = Config::Settings();
  const auto found = std::ranges::find(settings, key, &Setting::key);
  return static_cast<size_t>(found - settings.begin());
}

std::string EnvironmentOf(std::string_view key) {
  std::string name = "VITRINE_" + std::string(key);
  for (char& c : name) {
    if (c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

const char* FromEnvironment(char** environment, const std::string& name) {
  for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with(name) && text.size() > name.size() && text[name.size()] == '=')
      return *entry + name.size() + 1;
  }
  return nullptr;
}

std::string AllKeys() {
  std::string keys;
  for (const Setting& setting : Config::Settings()) keys += std::string(setting.key) + ", ";
  return keys +
         "keys, gateway.upstreams.NAME, gateway.keys, gateway.limits, gateway.guardrails, "
         "gateway.timeline_features, forward.NAME, export.NAME";
}

/// The number of a size, count or duration.
std::optional<uint64_t> ParseNumber(std::string_view text, SettingKind kind) {
  if (kind == SettingKind::kDuration) {
    const auto ms = ParseDurationMs(text);
    return ms ? std::optional(static_cast<uint64_t>(*ms)) : std::nullopt;
  }
  if (kind == SettingKind::kSize) return ParseByteSize(text);
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

/// A value of the file as text; nothing for what cannot be a setting.
std::optional<std::string> SettingText(const JsonValue& value) {
  if (value.is_string()) return std::string(value.text());
  if (value.AsInt() || value.is_bool()) return std::string(value.raw());
  return std::nullopt;
}

Result<Config::ApiKey> KeyOf(const JsonValue& entry) {
  Config::ApiKey key{"", "default"};
  for (const auto [name, value] : entry.Members()) {
    if ((name != "key" && name != "project") || !value.is_string() || value.text().empty())
      return Fail(ErrorCode::kInvalidInput, "[[keys]] has key = \"…\" and project = \"…\" only");
    (name == "key" ? key.key : key.project) = value.text();
  }
  if (key.key.empty()) return Fail(ErrorCode::kInvalidInput, "each [[keys]] needs key = \"…\"");
  if (!access::IsProjectName(key.project)) {
    return Fail(ErrorCode::kInvalidInput,
                "[[keys]]: project '" + key.project +
                    "' is no name; use 1 to 64 letters, digits, '.', '_' and '-'");
  }
  return key;
}

}  // namespace

Result<void> Config::TakeFlags(const std::vector<std::string>& arguments, std::string& file) {
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    if (equals == std::string::npos) return Fail(ErrorCode::kInvalidInput, name + " needs a value");
    const std::string value = argument.substr(equals + 1);
    if (name == "--config") {
      if (value.empty()) return Fail(ErrorCode::kInvalidInput, "--config needs a file");
      file = value;
      continue;
    }
    const auto& settings = Settings();
    const auto found =
        std::ranges::find_if(settings, [&](const Setting& s) { return FlagOf(s.key) == name; });
    if (found == settings.end()) return Fail(ErrorCode::kInvalidInput, "there is no flag " + name);
    values_[static_cast<size_t>(found - settings.begin())] = {value, "flag " + name};
  }
  return {};
}

Result<void> Config::TakeFile(const std::string& path) {
  const auto text = ReadWhole(path);
  if (!text) return Fail(ErrorCode::kInvalidInput, "configuration file: " + text.error().message);
  const auto wrong = [&](const std::string& message) {
    return Fail(ErrorCode::kInvalidInput, path + ": " + message);
  };
  const auto json = syntax::TomlToJson(*text);
  if (!json) return wrong(json.error().message);
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(*json, arena) != syntax::JsonStatus::kOk)
    return wrong("a value is neither text, a whole number nor true or false");
  const auto take = [&](const std::string& key, const JsonValue& value) -> Result<void> {
    const size_t index = IndexOf(key);
    if (index == values_.size())
      return wrong("there is no setting '" + key + "'; there are: " + AllKeys());
    const auto setting = SettingText(value);
    if (!setting) return wrong(key + " is text or a whole number");
    values_[index] = {*setting, "file " + path};
    return {};
  };
  for (const auto [name, value] : document.root().Members()) {
    if (name == "keys") {
      if (!value.is_array()) return wrong("write each key as [[keys]] and key = \"…\"");
      for (const JsonValue entry : value.Elements()) {
        auto key = KeyOf(entry);
        if (!key) return wrong(key.error().message);
        keys_.push_back(std::move(*key));
      }
    } else if (name == "export") {
      if (auto taken = TakeExportTables(value, exports_); !taken)
        return wrong(taken.error().message);
    } else if (name == "forward") {
      if (auto taken = TakeForwardTables(value, forward_); !taken)
        return wrong(taken.error().message);
    } else if (value.is_object()) {
      for (const auto [inner, inner_value] : value.Members()) {
        if (name == "gateway" && GatewayTables::Has(inner)) {
          if (auto taken = gateway_.Take(inner, inner_value); !taken)
            return wrong(taken.error().message);
          continue;
        }
        TRY(take(std::string(name) + "." + std::string(inner), inner_value));
      }
    } else {
      TRY(take(std::string(name), value));
    }
  }
  return {};
}

void Config::TakeEnvironment(char** environment) {
  for (size_t i = 0; i < values_.size(); ++i) {
    const std::string name = EnvironmentOf(Settings()[i].key);
    if (const char* value = FromEnvironment(environment, name))
      values_[i] = {value, "environment " + name};
  }
}

namespace {

/// A bound as the setting's values are written.
std::string BoundText(uint64_t bound, SettingKind kind) {
  if (kind == SettingKind::kSize) return std::to_string(bound / kMiB) + "MiB";
  return std::to_string(bound) + (kind == SettingKind::kDuration ? "ms" : "");
}

/// What is wrong with a number; empty where nothing is.
std::string ProblemOf(const std::string& value, const Setting& setting) {
  const auto number = ParseNumber(value, setting.kind);
  if (!number) {
    if (setting.kind == SettingKind::kCount) return "is no whole number";
    return setting.kind == SettingKind::kSize
               ? "is no size; write " + std::string(kByteSizeExamples)
               : "is no duration; write " + std::string(kDurationExamples);
  }
  if (*number < setting.min)
    return "is too small; the least is " + BoundText(setting.min, setting.kind);
  if (*number > setting.max)
    return "is too large; the most is " + BoundText(setting.max, setting.kind);
  return {};
}

}  // namespace

Result<void> Config::Check() const {
  for (size_t i = 0; i < values_.size(); ++i) {
    const Setting& setting = Settings()[i];
    const auto& [value, origin] = values_[i];
    const auto wrong = [&](const std::string& message) {
      return Fail(ErrorCode::kInvalidInput,
                  std::string(setting.key) + " (" + origin + "): " + message);
    };
    if (value.empty()) {
      if (!setting.is_optional) return wrong("is empty");
      continue;
    }
    if (setting.kind == SettingKind::kText) continue;
    if (const std::string problem = ProblemOf(value, setting); !problem.empty())
      return wrong("'" + value + "' " + problem);
  }
  if (!access::IsProjectName(Text("project"))) {
    return Fail(ErrorCode::kInvalidInput,
                "project (" + Get("project").origin + "): '" + Text("project") +
                    "' is no name; use 1 to 64 letters, digits, '.', '_' and '-'");
  }
  return {};
}

Result<Config> Config::Load(const std::vector<std::string>& arguments, char** environment) {
  Config config;
  for (const Setting& setting : Settings())
    config.values_.push_back({std::string(setting.default_value), "default"});
  std::string file;
  {
    Config flags = config;  // Only to know the file: it is read first, because flags win.
    TRY(flags.TakeFlags(arguments, file));
  }
  if (file.empty()) {
    if (const char* named = FromEnvironment(environment, "VITRINE_CONFIG")) file = named;
    if (file.empty() && std::filesystem::exists("vitrine.toml")) file = "vitrine.toml";
  }
  if (!file.empty()) TRY(config.TakeFile(file));
  config.file_ = file;
  config.TakeEnvironment(environment);
  TRY(config.TakeFlags(arguments, file));
  TRY(config.Check());
  if (const std::string key = config.Text("api_key"); !key.empty())
    config.keys_.push_back({key, config.Text("project")});
  return config;
}

const ConfigValue& Config::Get(std::string_view key) const {
  const size_t index = IndexOf(key);
  VITRINE_CHECK(index < values_.size());
  return values_[index];
}

uint64_t Config::Number(std::string_view key) const {
  const ConfigValue& value = Get(key);
  if (value.value.empty()) return 0;
  const auto number = ParseNumber(value.value, Settings()[IndexOf(key)].kind);
  VITRINE_CHECK(number.has_value());
  return *number;
}

}  // namespace vitrine::app
