#include "upstream/address_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace vitrine::upstream {

namespace {

struct Block4 {
  uint32_t network;
  unsigned bits;
};
constexpr uint32_t Ip4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}
constexpr Block4 kNotPublic4[] = {
    {Ip4(0, 0, 0, 0), 8},       // this network; 0.0.0.0 reaches this machine
    {Ip4(10, 0, 0, 0), 8},      // private
    {Ip4(100, 64, 0, 0), 10},   // carrier-grade NAT
    {Ip4(127, 0, 0, 0), 8},     // loopback
    {Ip4(169, 254, 0, 0), 16},  // link-local, cloud metadata
    {Ip4(172, 16, 0, 0), 12},   // private
    {Ip4(192, 0, 0, 0), 24},    // protocol assignments
    {Ip4(192, 0, 2, 0), 24},    // documentation
    {Ip4(192, 88, 99, 0), 24},  // 6to4 relays
    {Ip4(192, 168, 0, 0), 16},  // private
    {Ip4(198, 18, 0, 0), 15},   // benchmarking
    {Ip4(198, 51, 100, 0), 24},  {Ip4(203, 0, 113, 0), 24}, {Ip4(224, 0, 0, 0), 4},  // multicast
    {Ip4(240, 0, 0, 0), 4},       // reserved, broadcast
    {Ip4(168, 63, 129, 16), 32},  // Azure's host agent: a public address that is not on the
                                  // internet
};

bool IsPublic4(uint32_t address) {
  return std::ranges::none_of(kNotPublic4, [address](const Block4& block) {
    return ((address ^ block.network) >> (32 - block.bits)) == 0;
  });
}

struct Block6 {
  std::array<uint8_t, 16> network;
  unsigned bits;
};
// Of the global unicast space 2000::/3; everything outside it is not public.
constexpr Block6 kNotPublic6[] = {
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4
    {{0x3f, 0xff}, 20},              // documentation
};

bool IsWithin(const uint8_t* address, const Block6& block) {
  const unsigned bytes = block.bits / 8, rest = block.bits % 8;
  if (std::memcmp(address, block.network.data(), bytes) != 0) return false;
  return rest == 0 || ((address[bytes] ^ block.network[bytes]) >> (8 - rest)) == 0;
}

bool IsPublic6(const uint8_t* address) {
  if ((address[0] & 0xE0) != 0x20) return false;
  return std::ranges::none_of(kNotPublic6,
                              [address](const Block6& block) { return IsWithin(address, block); });
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool IsHostName(std::string_view name) {
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.back() == '.') return false;
  bool has_letter = false;
  for (const char c : name) {
    const bool is_letter = c >= 'a' && c <= 'z';
    if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '.') return false;
    has_letter = has_letter || is_letter;
  }
  return has_letter && !name.contains("..");
}

}  // namespace

bool IsPublicAddress(const net::IpAddress& given) {
  const net::IpAddress address = given.Unmapped();
  if (address.storage.ss_family == AF_INET) {
    const auto& ip4 = reinterpret_cast<const sockaddr_in&>(address.storage);
    return IsPublic4(ntohl(ip4.sin_addr.s_addr));
  }
  if (address.storage.ss_family != AF_INET6) return false;
  return IsPublic6(reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr.s6_addr);
}

Result<HostAllowList> HostAllowList::Parse(std::string_view patterns) {
  HostAllowList list;
  size_t at = 0;
  while (at < patterns.size()) {
    const size_t end = std::min(patterns.find_first_of(", \t", at), patterns.size());
    std::string pattern(patterns.substr(at, end - at));
    at = end + 1;
    if (pattern.empty()) continue;
    std::ranges::transform(pattern, pattern.begin(), Lower);
    const bool is_wide = pattern.starts_with("*.");
    if (!IsHostName(std::string_view(pattern).substr(is_wide ? 2 : 0))) {
      return Fail(ErrorCode::kInvalidInput,
                  "'" + pattern + "' is no host; write api.example.com or *.example.com");
    }
    list.patterns_.push_back(std::move(pattern));
  }
  return list;
}

bool HostAllowList::Allows(std::string_view host) const {
  std::string name(host);
  std::ranges::transform(name, name.begin(), Lower);
  return std::ranges::any_of(patterns_, [&name](const std::string& pattern) {
    if (!pattern.starts_with("*.")) return name == pattern;
    return name.size() + 1 > pattern.size() && name.ends_with(std::string_view(pattern).substr(1));
  });
}

}  // namespace vitrine::upstream
