// A network of names and public addresses that a test makes up, for the real server: loaded before libc (LD_PRELOAD), it answers look-ups from
// a file and keeps every connection on this machine. Nothing that the program asks for leaves it.
//
// VITRINE_FAKE_NAMES     a file with lines "NAME ADDRESS,ADDRESS ADDRESS": what each look-up of the name gives in turn; the last stays.
//                        Names that are not there do not exist, but for literals in any form that libc reads, and localhost.
// VITRINE_FAKE_CONNECTS  a file that gets a line for each connection asked for: "ADDRESS PORT", before anything else is done with it.
// VITRINE_FAKE_OUTSIDE   the port of loopback where connections to kOutside arrive. Loopback is itself; everything else is refused.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr const char* kOutside[] = {"93.184.216.34", "2606:2800:220:1::1"};

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What this look-up of a name gives; empty where the file does not have it.
std::string AddressesOf(const std::string& host) {
  static std::mutex mutex;
  static std::map<std::string, size_t> asked;
  std::ifstream file(Variable("VITRINE_FAKE_NAMES"));
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, group;
    words >> name;
    if (name != host) continue;
    std::vector<std::string> groups;
    while (words >> group) groups.push_back(group);
    const std::lock_guard lock(mutex);
    const size_t turn = asked[host]++;
    return groups.empty() ? "" : groups[std::min(turn, groups.size() - 1)];
  }
  return {};
}

void Note(const std::string& line) {
  const int descriptor = open(Variable("VITRINE_FAKE_CONNECTS").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0 || write(descriptor, line.data(), line.size()) < 0) std::abort();
  close(descriptor);
}

uint16_t OutsidePort() { return static_cast<uint16_t>(std::stoul(Variable("VITRINE_FAKE_OUTSIDE"))); }

}  // namespace

extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* hints, addrinfo** found) {
  static auto* const real = Real<int(const char*, const char*, const addrinfo*, addrinfo**)>("getaddrinfo");
  if (host == nullptr || std::strcmp(host, "localhost") == 0) return real(host, port, hints, found);
  addrinfo literal = *hints;
  literal.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST;
  std::istringstream addresses(AddressesOf(host));
  addrinfo* first = nullptr;
  addrinfo** next = &first;
  for (std::string address; std::getline(addresses, address, ',');) {
    if (real(address.c_str(), port, &literal, next) != 0) std::abort();
    next = &(*next)->ai_next;
  }
  *found = first;
  return first != nullptr ? 0 : real(host, port, &literal, found);
}

extern "C" int connect(int descriptor, const sockaddr* address, socklen_t size) {
  static auto* const real = Real<int(int, const sockaddr*, socklen_t)>("connect");
  if (address->sa_family != AF_INET && address->sa_family != AF_INET6) return real(descriptor, address, size);
  char text[INET6_ADDRSTRLEN] = "";
  const bool is_v4 = address->sa_family == AF_INET;
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
  inet_ntop(address->sa_family, is_v4 ? static_cast<const void*>(&v4->sin_addr) : &v6->sin6_addr, text, sizeof(text));
  Note(std::string(text) + " " + std::to_string(ntohs(is_v4 ? v4->sin_port : v6->sin6_port)) + "\n");
  const std::string named = text;
  if (named.starts_with("127.") || named == "::1") return real(descriptor, address, size);
  if (named == kOutside[0]) {
    sockaddr_in outside = *v4;
    outside.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    outside.sin_port = htons(OutsidePort());
    return real(descriptor, reinterpret_cast<const sockaddr*>(&outside), sizeof(outside));
  }
  if (named == kOutside[1]) {
    sockaddr_in6 outside = *v6;
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &outside.sin6_addr);
    outside.sin6_port = htons(OutsidePort());
    return real(descriptor, reinterpret_cast<const sockaddr*>(&outside), sizeof(outside));
  }
  errno = ECONNREFUSED;
  return -1;
}
