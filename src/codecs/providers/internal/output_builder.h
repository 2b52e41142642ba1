// OutputBuilder: the parts of a finished draft as canonical messages, tool calls and text.
// Owner: results borrow from the draft, the arena and the ContentReader.
#pragma once

#include "codecs/content/content_reader.h"
#include "codecs/providers/internal/call_draft.h"

namespace vitrine::codecs::providers {

/// Fills messages, tool calls, text and finish reasons of `call`.
void BuildOutput(const CallDraft& draft, ContentReader& reader, ModelCall& call);

/// The draft's counts as one normalised usage, by the conventions of the interface.
model::Usage NormalizeUsage(const CallDraft& draft, std::string_view provider,
                            std::string_view model_asked);

}  // namespace vitrine::codecs::providers
