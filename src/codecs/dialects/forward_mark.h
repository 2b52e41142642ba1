// The mark of spans that one server hands to another: a resource attribute with the ids of the
// servers they passed through, the first one first, between commas. By it a server knows its own
// spans when they come back. Threads: free functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "codecs/otlp/otlp_data.h"
#include "model/value.h"

namespace vitrine::codecs {

inline constexpr std::string_view kForwardedByKey = "vitrine.forwarded_by";

/// How many servers handed a span of this resource on.
size_t CountForwards(std::span<const model::Attribute> resource);
/// What the mark says when `server_id` hands on as well.
std::string NextForwardMark(std::span<const model::Attribute> resource, std::string_view server_id);
/// Takes out the spans that passed through `server_id`; answers how many.
size_t RemoveReturned(std::string_view server_id, OtlpTraces& traces);

}  // namespace vitrine::codecs
