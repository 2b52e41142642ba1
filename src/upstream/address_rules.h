// Address rules: which machines a call may be sent to when its target was named by a caller and not
// by the configuration.
// Threads: free functions. Source: IANA special-purpose address registries (RFC 6890 and later).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_relay.h"

namespace vitrine::upstream {

/// True for an address on the public internet. False for loopback, private, link-local (cloud
/// metadata among them), carrier-grade NAT, multicast, documentation, benchmarking, reserved and
/// unspecified ones, and for those that lead to an IPv4 address by another road (IPv4-mapped,
/// NAT64, 6to4, Teredo) where that one is not public, or cannot be told.
bool IsPublicAddress(const net::IpAddress& address);

/// Hosts that callers may name. A pattern is a host name, or "*." and a domain, which stands for
/// every name below it and not for itself. Case makes no difference.
class HostAllowList {
 public:
  HostAllowList() = default;
  /// From "api.example.com, *.example.org"; blanks and commas part the patterns.
  /// Errors: kInvalidInput (a pattern that is no host name: schemes, ports, addresses, other
  /// stars).
  static Result<HostAllowList> Parse(std::string_view patterns);

  bool Allows(std::string_view host) const;
  bool empty() const { return patterns_.empty(); }

 private:
  std::vector<std::string> patterns_;
};

}  // namespace vitrine::upstream
