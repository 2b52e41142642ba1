// CallContext: what a caller says about a call beside the call itself: in Vitrine's headers,
// Helicone's and Portkey's, in W3C trace context and baggage.
// Owner: plain values. Threads: free functions.
// Source: WIRE-FORMATS 9; W3C Trace Context; W3C Baggage.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "net/http_types.h"

namespace vitrine::capture {

struct CallContext {
  TraceId trace_id;       ///< Zero: the call begins a trace of its own.
  SpanId parent_span_id;  ///< Zero: none.
  std::string trace_state;
  std::string external_trace_id;  ///< A trace that was named, but not in hex.

  std::string user, session, feature, release, environment, service, service_version, experiment,
      trace_name, request_id, prompt_name, prompt_version, flags;
  std::vector<std::string> tags;  ///< "NAME:VALUE".
  /// What was said and has no place of its own; names as in the span's attributes.
  std::vector<std::pair<std::string, std::string>> properties;

  std::string price_model;  ///< Whose price counts; empty: the one that answered.
  std::string target_url;   ///< Where a header wants the call to go; empty: where the path says.
  bool omits_request = false, omits_response = false;  ///< Content is not to be kept.
};

/// True for headers that speak to a gateway and never reach an upstream: x-vitrine-*, helicone-*,
/// x-portkey-*.
bool IsGatewayHeader(std::string_view name);

/// Reads the context. Where several vocabularies name one thing, Vitrine's wins, then Helicone's,
/// Portkey's, and baggage. What cannot be read is left out.
CallContext ReadContext(const net::HttpHeaders& headers);
/// The context's target_url alone.
std::string TargetUrlOf(const net::HttpHeaders& headers);

}  // namespace vitrine::capture
