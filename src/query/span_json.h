// A span's detail as the API shows it: the row's columns, content expanded, attributes with the
// types they were sent with. Threads: free functions. Source: docs/ARCHITECTURE.md "HTTP API".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/span_content.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {

/// The JSON object of a price by its id; "null" where it is not known.
using PriceJson = std::function<std::string(std::string_view price_id)>;

/// The whole answer of GET /api/v1/spans/{trace}/{span}.
/// Errors: kInternal (the row is not the view's).
Result<std::string> SpanDetailJson(const SpanContent& content, const PriceJson& price_json);

/// Writes `text` as the JSON it holds, or as a string where it holds none; null when empty.
void WriteJsonText(syntax::JsonWriter& json, std::string_view text);

/// Writes the messages of "input" or "output" as the API has them.
void WriteMessages(syntax::JsonWriter& json, const syntax::JsonValue& row,
                   const SpanContent& content, bool input);
void WriteToolDefinitions(syntax::JsonWriter& json, const syntax::JsonValue& row,
                          const SpanContent& content);

}  // namespace vitrine::query
