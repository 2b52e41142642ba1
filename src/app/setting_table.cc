#include "app/setting_table.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "app/byte_size.h"
#include "app/duration.h"
#include "app/whole_file.h"

namespace vitrine::app {

using syntax::JsonValue;

SettingTable::SettingTable(std::string where, JsonValue value)
    : where_(std::move(where)), value_(value) {
  if (!value.is_object()) Wrong("is a table");
}

std::string SettingTable::Text(std::string_view name) {
  const JsonValue value = Find(name);
  if (value.exists() && (!value.is_string() || value.text().empty())) Wrong(name, "is text");
  return std::string(value.text());
}

std::string SettingTable::Secret(std::string_view name) {
  std::string text = Text(name);
  if (text.starts_with("env:")) {
    const char* found = std::getenv(text.c_str() + 4);
    if (found == nullptr || *found == '\0') {
      Wrong(name, "names the environment variable " + text.substr(4) + ", which is not set");
      return {};
    }
    return found;
  }
  if (!text.starts_with("file:")) return text;
  auto read = ReadWhole(text.substr(5));
  if (!read) {
    Wrong(name, read.error().message);
    return {};
  }
  while (!read->empty() && std::isspace(static_cast<unsigned char>(read->back()))) read->pop_back();
  return *read;
}

std::optional<uint64_t> SettingTable::Count(std::string_view name, uint64_t most) {
  const JsonValue value = Find(name);
  if (!value.exists()) return std::nullopt;
  const auto count = value.AsInt();
  if (!count || *count < 0 || static_cast<uint64_t>(*count) > most) {
    Wrong(name, "is a whole number up to " + std::to_string(most));
    return std::nullopt;
  }
  return static_cast<uint64_t>(*count);
}

std::optional<Money> SettingTable::Dollars(std::string_view name) {
  const JsonValue value = Find(name);
  if (!value.exists()) return std::nullopt;
  const auto money = Money::Parse(value.is_string() ? value.text() : value.raw());
  if (!money || *money <= Money{}) Wrong(name, "is dollars, as 2.5");
  return money;
}

std::optional<int64_t> SettingTable::Duration(std::string_view name) {
  const std::string text = Text(name);
  if (text.empty()) return std::nullopt;
  const auto duration = ParseDurationMs(text);
  if (!duration) Wrong(name, "is a duration, as " + std::string(kDurationExamples));
  return duration;
}

std::optional<uint64_t> SettingTable::Size(std::string_view name) {
  const std::string text = Text(name);
  if (text.empty()) return std::nullopt;
  const auto size = ParseByteSize(text);
  if (!size) Wrong(name, "is a size, as " + std::string(kByteSizeExamples));
  return size;
}

bool SettingTable::Flag(std::string_view name) {
  const JsonValue value = Find(name);
  if (value.exists() && !value.is_bool()) Wrong(name, "is true or false");
  return value.AsBool().value_or(false);
}

std::vector<std::string> SettingTable::Texts(std::string_view name) {
  std::vector<std::string> texts;
  const JsonValue value = Find(name);
  if (value.exists() && !value.is_array()) Wrong(name, "is a list of texts");
  for (const JsonValue element : value.Elements()) {
    if (!element.is_string() || element.text().empty()) Wrong(name, "is a list of texts");
    texts.emplace_back(element.text());
  }
  return texts;
}

size_t SettingTable::Word(std::string_view name, std::initializer_list<std::string_view> words) {
  const std::string text = Text(name);
  if (text.empty()) return 0;
  const auto found = std::ranges::find(words, text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  std::string all;
  for (const std::string_view word : words) all += (all.empty() ? "" : ", ") + std::string(word);
  Wrong(name, "is one of " + all);
  return 0;
}

JsonValue SettingTable::Find(std::string_view name) {
  known_.push_back(name);
  return value_[name];
}

void SettingTable::Wrong(std::string_view name, const std::string& what) {
  Wrong(std::string(name) + " " + what);
}

void SettingTable::Wrong(const std::string& what) {
  if (error_.empty()) error_ = where_ + ": " + what;
}

Result<void> SettingTable::Done() {
  for (const auto [name, value] : value_.Members()) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    std::string all;
    for (const std::string_view known : known_)
      all += (all.empty() ? "" : ", ") + std::string(known);
    Wrong(std::string(name), "is not known; there are " + all);
  }
  if (error_.empty()) return {};
  return Fail(ErrorCode::kInvalidInput, error_);
}

}  // namespace vitrine::app
