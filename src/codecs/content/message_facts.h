// Message facts: what can be read back from canonical messages.
// Threads: free functions. Lifetime: results borrow from the message.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/message.h"
#include "model/span.h"

namespace vitrine::codecs {

/// The text of the first text part, or of the first part that has one; the name of a tool call
/// where there is no text.
std::string_view PreviewOf(const model::Message& message);
/// The message is one text part and nothing else, as nearly all are.
bool IsOneText(const model::Message& message);
/// At most 256 bytes, cut between characters.
std::string_view CutPreview(std::string_view text);
/// Sets the span's previews from its messages: the last thing the user said, and the answer. A
/// preview that is set stays, and is cut.
void SetPreviews(model::Span& span);
/// The tool calls among the parts of a message.
void CollectToolCalls(const model::Message& message, std::vector<model::ToolCall>& out);
/// Marks what follows the last assistant message, or the message at `first_new` where known.
void MarkNew(std::span<model::Message> input, std::optional<uint64_t> first_new = {});

}  // namespace vitrine::codecs
