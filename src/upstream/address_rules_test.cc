#include "upstream/address_rules.h"

#include <gtest/gtest.h>

namespace vitrine::upstream {
namespace {

bool IsPublic(const char* literal) {
  const auto address = net::IpAddress::Parse(literal, 443);
  EXPECT_TRUE(address.has_value()) << literal;
  return address && IsPublicAddress(*address);
}

TEST(AddressRules, PublicAddressesAreAllowed) {
  for (const char* address : {"1.1.1.1", "8.8.8.8", "104.18.7.192", "172.15.255.255", "172.32.0.1",
                              "100.63.255.255", "100.128.0.0", "192.167.255.255", "198.20.0.0",
                              "223.255.255.255", "2606:4700::6810:84e5", "2a00:1450:4001::8a"}) {
    EXPECT_TRUE(IsPublic(address)) << address;
  }
}

TEST(AddressRules, AddressesOfOurOwnAreNot) {
  for (const char* address :
       {"0.0.0.0",         "0.1.2.3",         "10.0.0.1",       "10.255.255.255",
        "100.64.0.0",      "100.127.255.255", "127.0.0.1",      "127.255.255.254",
        "169.254.169.254", "172.16.0.0",      "172.31.255.255", "192.0.0.1",
        "192.0.2.1",       "192.168.0.1",     "198.18.0.1",     "198.19.255.255",
        "198.51.100.7",    "203.0.113.7",     "224.0.0.1",      "239.255.255.250",
        "240.0.0.1",       "255.255.255.255", "168.63.129.16"}) {
    EXPECT_FALSE(IsPublic(address)) << address;
  }
}

TEST(AddressRules, NorAreTheirOtherForms) {
  for (const char* address : {"::",
                              "::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::ffff:169.254.169.254",
                              "::ffff:0a00:0001",
                              "::127.0.0.1",
                              "64:ff9b::7f00:1",
                              "64:ff9b:1::a00:1",
                              "2002:7f00:1::",
                              "2002:0a00:0001::1",
                              "2001::1",
                              "2001:0:7f00:1::",
                              "2001:db8::1",
                              "fe80::1",
                              "fc00::1",
                              "fd12:3456::1",
                              "fec0::1",
                              "ff02::1",
                              "100::1",
                              "3fff::1",
                              "5f00::1",
                              "4000::1"}) {
    EXPECT_FALSE(IsPublic(address)) << address;
  }
  EXPECT_TRUE(IsPublic("::ffff:1.1.1.1"));  // A connection to it reaches 1.1.1.1.
}

TEST(HostAllowList, NamesAndDomains) {
  const auto list = HostAllowList::Parse("API.example.com, *.example.org  *.openai.azure.com");
  ASSERT_TRUE(list.has_value());
  for (const char* host : {"api.example.com", "Api.Example.Com", "a.example.org", "a.b.example.org",
                           "mine.openai.azure.com"}) {
    EXPECT_TRUE(list->Allows(host)) << host;
  }
  for (const char* host :
       {"example.com", "x.api.example.com", "example.org", ".example.org", "badexample.org",
        "example.org.evil.net", "api.example.com.", "", "127.0.0.1"}) {
    EXPECT_FALSE(list->Allows(host)) << host;
  }
  EXPECT_FALSE(HostAllowList().Allows("api.example.com"));
}

TEST(HostAllowList, RefusesWhatIsNoHost) {
  for (const char* pattern : {"https://api.example.com", "api.example.com:443", "*", "*.",
                              "a.*.com", "127.0.0.1", "[::1]", "a..b.com", ".example.com"}) {
    EXPECT_FALSE(HostAllowList::Parse(pattern).has_value()) << pattern;
  }
}

}  // namespace
}  // namespace vitrine::upstream
