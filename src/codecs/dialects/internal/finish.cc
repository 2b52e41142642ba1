#include "codecs/dialects/internal/finish.h"

#include "codecs/dialects/internal/readers.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs::dialects {

void ReadFinishReasons(const model::Value& value, Arena& arena,
                       std::vector<std::string_view>& out) {
  std::string_view text = Trim(ReadText(value, arena));
  // One plain word in an array is what nearly every call has.
  if (text.starts_with("[\"") && text.ends_with("\"]") && text.size() > 4) {
    std::string_view word = text.substr(2, text.size() - 4);
    if (word.find_first_of("\"\\") == std::string_view::npos) {
      out.push_back(word);
      return;
    }
  }
  if (text.starts_with('[') || text.starts_with('"')) {
    syntax::JsonDocument document;
    if (document.Parse(text, arena) == syntax::JsonStatus::kOk) {
      syntax::JsonValue root = document.root();
      if (root.is_string()) out.push_back(root.text());
      for (syntax::JsonValue reason : root.Elements()) {
        if (reason.is_string() && !reason.text().empty()) out.push_back(reason.text());
      }
      return;
    }
  }
  if (!text.empty()) out.push_back(text);
}

}  // namespace vitrine::codecs::dialects
