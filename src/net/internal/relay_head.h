// Writes the heads of a relay: what goes to the upstream, what goes back to the client. Leaves out
// what belongs to one connection.
// Threads: free functions. Source: RFC 9110 section 7.6.1, RFC 9112.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_relay.h"
#include "net/internal/head_gate.h"

namespace vitrine::net::internal {

/// Errors: kInvalidInput where the plan's method, target or headers would not be one request.
/// `upgrade` is the protocol to ask for; empty for none.
Result<std::string> SerializeRelayRequest(const RelayPlan& plan, const Framing& framing,
                                          std::string_view upgrade);

/// Fields that always stay on one connection.
bool IsConnectionField(std::string_view name);

struct RelayResponseParts {
  const ResponseHead* head = nullptr;
  const HttpHeaders* added = nullptr;  ///< RelayPlan::response_headers.
  bool chunked = false;
  bool drops_length = false;  ///< The body that goes out is of another size.
  bool close = false;
  bool says_keep_alive = false;  ///< HTTP/1.0 clients must be told.
  bool is_upgrade = false;       ///< 101: Upgrade goes through, with its Connection.
};

/// The head with its blank line. A Content-Length goes through as it came, or not at all.
std::string SerializeRelayResponse(const RelayResponseParts& parts);

/// The protocol a request asks to upgrade to, when it is exactly `allowed`; else empty.
std::string_view RequestedUpgrade(const HttpHeaders& headers, std::string_view allowed);

/// Removes the fields that Connection names: they were meant for the neighbour, and nobody behind
/// it may see them. To be done before anyone adds fields of his own, which no client may take away.
/// The fields that are always left out stay, for those who ask for an upgrade.
void RemoveConnectionNamed(HttpHeaders& headers);

/// True when names and values can be sent without becoming other fields.
bool AreSendableFields(const HttpHeaders& headers);

}  // namespace vitrine::net::internal
