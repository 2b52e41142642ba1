#include "app/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "base/check.h"

namespace vitrine::app {

const std::vector<Setting>& Config::Settings() {
  static const std::vector<Setting> settings = {
      {"data", "./vitrine-data", "folder for the log, the engine's tables and the catalog"},
      {"listen", "127.0.0.1:7080", "address of the UI, the API and every door"},
      {"otlp.listen", "127.0.0.1:4318", "second address for OTLP/HTTP; empty for none"},
      {"project", "default", "project of requests that name none"},
      {"api_key", "", "a key that requests must carry; needed when listening beyond loopback",
       true},
      {"log.size_max", "8GiB", "durable log on disk at most; beyond it senders are asked to wait"},
      {"log.free_space_min", "256MiB", "stop acknowledging when the disk has less than this left"},
      {"engine.program", "", "vitrine-engine; empty for the one beside this program"},
      {"engine.memory", "1200MiB", "memory of the engine at most"},
      {"engine.threads", "2", "threads of one query"},
      {"engine.http", "", "port on 127.0.0.1 for ClickHouse's HTTP interface; empty for none"},
      {"engine.url", "",
       "a ClickHouse server to use instead of the embedded engine: http://HOST:PORT"},
      {"http.threads", "2", "threads for requests"},
      {"prices.overrides", "", "TOML file with your own prices"},
  };
  return settings;
}

namespace {

size_t IndexOf(std::string_view key) {
  const auto& settings = Config::Settings();
  auto found = std::find_if(settings.begin(), settings.end(),
                            [&](const Setting& s) { return s.key == key; });
  return static_cast<size_t>(found - settings.begin());
}

std::string FlagOf(std::string_view key) {
  std::string flag = "--" + std::string(key);
  std::replace(flag.begin(), flag.end(), '.', '-');
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string EnvironmentOf(std::string_view key) {
  std::string name = "VITRINE_" + std::string(key);
  for (char& c : name)
    c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

struct Flags {
  std::vector<std::pair<size_t, std::string>> values;
  std::string file;
};

Result<Flags> ReadFlags(const std::vector<std::string>& arguments) {
  Flags flags;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string name = arguments[i];
    std::string value;
    size_t equals = name.find('=');
    if (equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return Fail(ErrorCode::kInvalidInput, name + " needs a value");
    }
    if (name == "--config") {
      flags.file = value;
      continue;
    }
    const auto& settings = Config::Settings();
    auto found = std::find_if(settings.begin(), settings.end(),
                              [&](const Setting& s) { return FlagOf(s.key) == name; });
    if (found == settings.end()) return Fail(ErrorCode::kInvalidInput, "unknown flag " + name);
    flags.values.emplace_back(static_cast<size_t>(found - settings.begin()), value);
  }
  return flags;
}

std::string TomlText(const toml::node& node) {
  if (auto text = node.value<std::string>()) return *text;
  if (auto number = node.value<int64_t>()) return std::to_string(*number);
  if (auto flag = node.value<bool>()) return *flag ? "true" : "false";
  return {};
}

Result<toml::table> ParseToml(const std::string& path) {
  try {
    return toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return Fail(ErrorCode::kInvalidInput, path + " line " +
                                              std::to_string(error.source().begin.line) + ": " +
                                              std::string(error.description()));
  }
}

}  // namespace

Result<Config> Config::Load(const std::vector<std::string>& arguments, char** environment) {
  Config config;
  for (const Setting& setting : Settings())
    config.values_.push_back({std::string(setting.default_value), "default"});
  TRY_ASSIGN(Flags flags, ReadFlags(arguments));
  auto from_environment = [&](const std::string& name) -> const char* {
    for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
      std::string_view text = *entry;
      if (text.starts_with(name) && text.size() > name.size() && text[name.size()] == '=')
        return *entry + name.size() + 1;
    }
    return nullptr;
  };
  if (flags.file.empty()) {
    if (const char* file = from_environment("VITRINE_CONFIG")) flags.file = file;
    if (flags.file.empty() && std::filesystem::exists("vitrine.toml")) flags.file = "vitrine.toml";
  }
  if (!flags.file.empty()) {
    TRY_ASSIGN(toml::table table, ParseToml(flags.file));
    for (size_t i = 0; i < Settings().size(); ++i) {
      toml::node_view<toml::node> node = table.at_path(Settings()[i].key);
      if (node.node() != nullptr)
        config.values_[i] = {TomlText(*node.node()), "file " + flags.file};
    }
    if (toml::array* keys = table["keys"].as_array()) {
      for (toml::node& entry : *keys) {
        toml::table* key = entry.as_table();
        if (key == nullptr || !(*key)["key"].value<std::string>()) {
          return Fail(ErrorCode::kInvalidInput, flags.file + ": each [[keys]] needs key = \"...\"");
        }
        config.keys_.push_back({*(*key)["key"].value<std::string>(),
                                (*key)["project"].value_or(std::string("default"))});
      }
    }
  }
  for (size_t i = 0; i < Settings().size(); ++i) {
    std::string name = EnvironmentOf(Settings()[i].key);
    if (const char* value = from_environment(name))
      config.values_[i] = {value, "environment " + name};
  }
  for (auto& [index, value] : flags.values)
    config.values_[index] = {value, "flag " + FlagOf(Settings()[index].key)};
  if (std::string key = config.Text("api_key"); !key.empty())
    config.keys_.push_back({key, config.Text("project")});
  return config;
}

const ConfigValue& Config::Get(std::string_view key) const {
  size_t index = IndexOf(key);
  VITRINE_CHECK(index < values_.size());
  return values_[index];
}

Result<uint64_t> Config::Size(std::string_view key) const {
  const ConfigValue& value = Get(key);
  uint64_t number = 0;
  const char* end = value.value.data() + value.value.size();
  auto [rest, error] = std::from_chars(value.value.data(), end, number);
  std::string_view unit(rest, static_cast<size_t>(end - rest));
  static constexpr std::pair<std::string_view, uint64_t> kUnits[] = {
      {"", 1},           {"KB", 1000},      {"MB", 1000'000},   {"GB", 1000'000'000},
      {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1ull << 30}};
  for (const auto& [name, factor] : kUnits) {
    if (error == std::errc() && unit == name) return number * factor;
  }
  return Fail(ErrorCode::kInvalidInput, std::string(key) + " (" + value.origin + "): '" +
                                            value.value + "' is no size; write 512MB or 8GiB");
}

}  // namespace vitrine::app
