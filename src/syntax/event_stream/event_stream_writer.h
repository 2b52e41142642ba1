// Event stream writer: frames of AWS's binary event stream, for whoever plays the server.
// Threads: free functions. Format: event_stream_parser.h.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::syntax {

/// Appends one header whose value is a string of at most 65,535 bytes; `name` has at most 255.
void AppendEventStreamHeader(std::string& headers, std::string_view name, std::string_view value);

/// Appends one frame; `headers` are as AppendEventStreamHeader made them.
void AppendEventStreamFrame(std::string& out, std::string_view headers, std::string_view payload);

/// The frame of an event, or of an exception, of that type.
std::string EventStreamEvent(std::string_view type, std::string_view payload);
std::string EventStreamException(std::string_view type, std::string_view payload);

}  // namespace vitrine::syntax
