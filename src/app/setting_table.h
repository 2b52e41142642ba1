// SettingTable: reads the members of one table of the configuration file; the first thing that is
// wrong is kept, and told by Done. Owner: borrows from the JSON it reads. Threads: none.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/result.h"
#include "syntax/json/json_document.h"

namespace vitrine::app {

class SettingTable {
 public:
  SettingTable(std::string where, syntax::JsonValue value);

  std::string Text(std::string_view name);
  /// Text that may be kept elsewhere: "env:NAME", "file:PATH".
  std::string Secret(std::string_view name);
  std::optional<uint64_t> Count(std::string_view name, uint64_t most);
  std::optional<Money> Dollars(std::string_view name);
  /// Milliseconds.
  std::optional<int64_t> Duration(std::string_view name);
  /// Bytes of "64MiB".
  std::optional<uint64_t> Size(std::string_view name);
  bool Flag(std::string_view name);
  std::vector<std::string> Texts(std::string_view name);
  /// One of the words; the first where it is not there.
  size_t Word(std::string_view name, std::initializer_list<std::string_view> words);
  syntax::JsonValue Find(std::string_view name);

  void Wrong(std::string_view name, const std::string& what);
  void Wrong(const std::string& what);
  /// Once everything was read: what nobody asked for is a mistake, too.
  /// Errors: kInvalidInput naming the table and the member.
  Result<void> Done();

 private:
  const std::string where_;
  const syntax::JsonValue value_;
  std::vector<std::string_view> known_;
  std::string error_;
};

}  // namespace vitrine::app
