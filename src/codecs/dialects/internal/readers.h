// Readers: attribute values as numbers, flags, text and lists, however the sender wrote them
// (numbers and flags as strings, doubles for integers, scalars for lists).
// Owner: returned text borrows from the value or the arena. Threads: free functions.
// Source: WIRE-FORMATS 10, trap 6.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/money.h"
#include "base/time.h"
#include "codecs/content/text.h"
#include "codecs/dialects/internal/fields.h"
#include "model/value.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs::dialects {

std::optional<int64_t> ReadInt(const model::Value& value);
/// A count; negative numbers are none.
std::optional<uint64_t> ReadCount(const model::Value& value);
std::optional<double> ReadDouble(const model::Value& value);
std::optional<bool> ReadBool(const model::Value& value);
std::optional<Money> ReadMoney(const model::Value& value);
/// A duration in the rule's unit as nanoseconds.
std::optional<int64_t> ReadDuration(const model::Value& value, Unit unit);
/// RFC 3339 text, bare or in JSON quotes, or epoch seconds, milliseconds or nanoseconds by size.
std::optional<Nanos> ReadTime(const model::Value& value);
/// Null and empty text.
bool IsNothing(const model::Value& value);
/// ADK's placeholders: {}, N/A, <not specified>, <not serializable>.
bool IsPlaceholder(std::string_view text);
bool SameValue(const model::Value& left, const model::Value& right);

/// Reads numbers out of JSON values of a decoded object.
std::optional<Money> ReadMoney(syntax::JsonValue value);

/// The one tag parser: an array, a JSON text of one, a comma-joined list, or one tag.
void AppendTags(const model::Value& value, Arena& arena, std::vector<std::string_view>& tags);

}  // namespace vitrine::codecs::dialects
