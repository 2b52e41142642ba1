// WireUsage: usage objects as providers send them on the wire, with the names that only there
// occur. Threads: free functions. Source: WIRE-FORMATS 7 and 10 (#4, #5).
#pragma once

#include "codecs/content/usage_object.h"

namespace vitrine::codecs::providers {

/// Reads a usage object whose vocabulary its names tell; a count of zero may be left out, so any of
/// the names does.
RawUsage ReadWireUsage(syntax::JsonValue usage);

}  // namespace vitrine::codecs::providers
