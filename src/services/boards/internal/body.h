// Reading the bodies of boards' requests: which members there are, and texts that a page can show.
// Private to boards. Threads: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "syntax/json/json_document.h"

namespace vitrine::boards {

std::unexpected<Error> Wrong(std::string message);

/// An object in UTF-8 of at most kBodySizeMax bytes. The document borrows from both.
Result<void> ReadBody(std::string_view body, Arena& arena, syntax::JsonDocument& document);
/// Errors: kInvalidInput naming a member that is not among `known` ("name, page").
Result<void> CheckMembers(const syntax::JsonValue& object, std::string_view where,
                          std::string_view known);

struct TextRule {
  std::string name;  ///< As errors call it: "panels[2].title".
  size_t size_max = 0;
  bool may_be_empty = false;  ///< Missing as well.
  bool may_have_lines = false;
};
/// Without white space around it.
Result<std::string> ReadText(const syntax::JsonValue& value, const TextRule& rule);

/// A whole number. Errors: kInvalidInput.
struct NumberRule {
  std::string name;
  int64_t min = 0, max = 0;
};
Result<int64_t> ReadNumber(const syntax::JsonValue& value, const NumberRule& rule);

/// The member "version", where the body says it.
Result<std::optional<int64_t>> ReadVersion(const syntax::JsonValue& root);

}  // namespace vitrine::boards
