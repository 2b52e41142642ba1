// Numbered attributes: lists that a dialect spreads over keys with an index in them
// (`llm.input_messages.3.message.content`). Gaps are allowed; order on the wire is not trusted.
// Source: WIRE-FORMATS 3 and 4.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "codecs/content/content_reader.h"
#include "codecs/dialects/internal/span_work.h"

namespace vitrine::codecs::dialects {

/// "3.message.role" -> 3 and "message.role". Nothing where no index of at most nine digits leads.
struct IndexedKey {
  uint32_t index = 0;
  std::string_view rest;
};
std::optional<IndexedKey> SplitIndex(std::string_view key);

struct Indexed {
  uint32_t index = 0;
  std::string_view rest;
  Taken taken;
};
/// The entries ordered by index; those without one go back to the span's attributes.
std::vector<Indexed> OrderByIndex(std::span<const Taken> entries, SpanWork& work);

/// Messages of OpenInference (`message.` behind the index) and of Traceloop.
/// `content_may_be_parts`: Traceloop's content may be a part list as a JSON text.
void ReadNumberedMessages(std::span<const Taken> entries, std::string_view role, bool is_output,
                          bool content_may_be_parts, SpanWork& work, ContentReader& reader,
                          std::vector<model::Message>& out);

/// Texts under one sub-key: `llm.prompts.N.prompt.text`.
void ReadNumberedTexts(std::span<const Taken> entries, std::string_view role, SpanWork& work,
                       ContentReader& reader, std::vector<model::Message>& out);

/// `llm.tools.N.tool.json_schema` and `llm.request.functions.N.{name,description,parameters}`.
void ReadNumberedTools(std::span<const Taken> entries, SpanWork& work, ContentReader& reader,
                       std::vector<model::Message>& out);

/// `….N.document.{id,content,score,metadata}`.
void ReadNumberedDocuments(std::span<const Taken> entries, SpanWork& work,
                           std::vector<model::RetrievedDocument>& out);

}  // namespace vitrine::codecs::dialects
