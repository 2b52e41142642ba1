// What strangers write: request heads and statements. Whatever comes in, offsets stay inside the
// text, and what was taken apart can be put together again.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/internal/http_head.h"
#include "engine/internal/sql_text.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine::engine;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)ParseHead(text);
  (void)ParseChunkSize(text);
  (void)PercentDecode(text, true);
  (void)RewriteKill(text, "x");

  SqlTokens tokens(text);
  size_t at = 0;
  for (Token token = tokens.Next(); token.kind != TokenKind::kEnd; token = tokens.Next()) {
    Require(token.begin >= at && token.end > token.begin && token.end <= text.size());
    at = token.end;
  }
  const SqlShape shape = ShapeOf(text);
  if (shape.is_insert_data) {
    Require(shape.head_end <= shape.data_begin && shape.data_begin <= text.size());
  } else {
    Require(shape.output_begin <= shape.output_end && shape.output_end <= text.size());
    Require(shape.statement_end <= text.size());
    Require(shape.output_end <= shape.statement_end || shape.statement_end == 0);
  }
  // A quoted text is one token again.
  const std::string quoted = QuoteString(text);
  SqlTokens again(quoted);
  const Token token = again.Next();
  Require(token.kind == TokenKind::kString && token.end == quoted.size());
  return 0;
}
