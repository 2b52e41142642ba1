#include "net/internal/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "net/internal/loop.h"

namespace vitrine::net {

std::string IpAddress::ToText() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

IpAddress IpAddress::Unmapped() const {
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  if (storage.ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return *this;
  IpAddress plain;
  auto& v4 = reinterpret_cast<sockaddr_in&>(plain.storage);
  v4.sin_family = AF_INET;
  v4.sin_port = v6.sin6_port;
  std::memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], sizeof(v4.sin_addr));
  plain.size = sizeof(v4);
  return plain;
}

std::optional<IpAddress> IpAddress::Parse(const std::string& literal, uint16_t port) {
  IpAddress address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (inet_pton(AF_INET, literal.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address.size = sizeof(v4);
    return address;
  }
  if (inet_pton(AF_INET6, literal.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address.size = sizeof(v6);
    return address.Unmapped();
  }
  return std::nullopt;
}

namespace internal {
namespace {

Resolver::Found AskSystem(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* raw = nullptr;
  const int rc = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw);
  if (rc != 0) return Fail(ErrorCode::kUnavailable, ::gai_strerror(rc));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found(raw, &::freeaddrinfo);
  std::vector<IpAddress> addresses;
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    IpAddress address;
    if (one->ai_addrlen > sizeof(address.storage)) continue;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

struct Resolver::State {
  NameLookup lookup;

  struct Entry {
    std::string host;
    uint16_t port = 0;
    int64_t good_until_ms = 0;
    Found found = Fail(ErrorCode::kUnavailable, "not asked yet");
    bool is_asking = false;
    std::vector<std::function<void(const Found&)>> waiting;
  };
  std::mutex mutex;
  std::condition_variable wake;
  std::unordered_map<std::string, Entry> entries;
  std::deque<std::string> queue;  ///< Keys of entries.
  size_t threads = 0;
  size_t threads_free = 0;  ///< Of those, how many wait for a key.
  bool stopped = false;

  /// Makes room for one entry: the oldest of a few that nobody waits for.
  void Shrink() {
    if (entries.size() < kResolverCacheMax) return;
    auto oldest = entries.end();
    for (auto at = entries.begin(); at != entries.end(); ++at) {
      if (at->second.is_asking) continue;
      if (oldest == entries.end() || at->second.good_until_ms < oldest->second.good_until_ms) {
        oldest = at;
      }
    }
    if (oldest != entries.end()) entries.erase(oldest);
  }
};

Resolver::Resolver(NameLookup lookup) : state_(std::make_shared<State>()) {
  state_->lookup = lookup ? std::move(lookup) : NameLookup(&AskSystem);
}

Resolver::~Resolver() {
  const std::scoped_lock lock(state_->mutex);
  state_->stopped = true;
  for (auto& [key, entry] : state_->entries) entry.waiting.clear();
  state_->wake.notify_all();
}

void Resolver::Find(const std::string& host, uint16_t port,
                    std::function<void(const Found&)> done) {
  const std::string key = host + ":" + std::to_string(port);
  Found answer = Fail(ErrorCode::kUnavailable, "too many names wait to be looked up");
  {
    const std::scoped_lock lock(state_->mutex);
    auto at = state_->entries.find(key);
    const bool is_known = at != state_->entries.end();
    if (is_known && !at->second.is_asking && SteadyMs() < at->second.good_until_ms) {
      answer = at->second.found;
    } else if (is_known && at->second.is_asking) {
      at->second.waiting.push_back(std::move(done));
      return;
    } else if (state_->queue.size() < kResolverQueueMax && HasThread(state_)) {
      if (!is_known) {
        state_->Shrink();
        at = state_->entries.try_emplace(key).first;
        at->second.host = host;
        at->second.port = port;
      }
      at->second.is_asking = true;
      at->second.waiting.push_back(std::move(done));
      state_->queue.push_back(key);
      state_->wake.notify_one();
      return;
    }
  }
  done(answer);
}

bool Resolver::HasThread(const std::shared_ptr<State>& state) {
  if (state->threads_free > state->queue.size()) return true;
  if (state->threads == kResolverThreadsMax) return true;  // One of them will come to it.
  try {
    // Detached: a look-up cannot be ended from outside, and stopping must not wait for it.
    std::thread([state] { Run(state); }).detach();
  } catch (const std::system_error&) {
    return state->threads > 0;
  }
  ++state->threads;
  return true;
}

void Resolver::Run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    ++state->threads_free;
    state->wake.wait(lock, [&state] { return state->stopped || !state->queue.empty(); });
    --state->threads_free;
    if (state->stopped) return;
    const std::string key = std::move(state->queue.front());
    state->queue.pop_front();
    const State::Entry& asked = state->entries.at(key);
    const std::string host = asked.host;
    const uint16_t port = asked.port;
    lock.unlock();
    Found found = state->lookup(host, port);
    lock.lock();
    // Entries that are being asked for are never taken away.
    State::Entry& entry = state->entries.at(key);
    entry.good_until_ms = SteadyMs() + (found ? kResolverTtlMs : kResolverFailureTtlMs);
    entry.found = found;
    entry.is_asking = false;
    auto waiting = std::exchange(entry.waiting, {});
    lock.unlock();
    for (const auto& done : waiting) done(found);
    waiting.clear();  // What they hold may end here, and must not find the lock taken.
    lock.lock();
  }
}

}  // namespace internal
}  // namespace vitrine::net
