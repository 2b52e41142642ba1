// What is said to a client that speaks HTTP/2 without having asked: in its own words, so that its
// library can show it, and in plain text, so that a person can.
// Threads: free functions. Source: RFC 9113 sections 3.4, 6.5, 6.8 and 7.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::net::internal {

/// The first bytes of every HTTP/2 connection.
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// An empty SETTINGS frame, and a GOAWAY with HTTP_1_1_REQUIRED that says what to do.
std::string Http2Refusal();

}  // namespace vitrine::net::internal
