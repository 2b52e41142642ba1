// Resolver: names to addresses, without blocking a loop. Threads ask, made as they are needed so
// that a name whose server is dead holds up no other; answers are remembered for a fixed time, and
// failures for a shorter one.
// Owner: shared by the loops of a server. A thread stuck in a look-up outlives the resolver,
// holding only the state it needs to end. Threads: Find from any thread; `done` is called on a
// resolver thread, or at once from the cache.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/http_relay.h"

namespace vitrine::net::internal {

class Resolver {
 public:
  using Found = Result<std::vector<IpAddress>>;

  /// An empty `lookup` is getaddrinfo.
  explicit Resolver(NameLookup lookup);
  /// Answers that are still due are never given.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Finds the addresses of `host`. Those who ask for one name at the same time share a look-up.
  /// Errors: kUnavailable (not found, or too many wait).
  void Find(const std::string& host, uint16_t port, std::function<void(const Found&)> done);

 private:
  struct State;
  /// Makes a thread for one more key where all are busy; false when there is none at all.
  static bool HasThread(const std::shared_ptr<State>& state);
  static void Run(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;
};

}  // namespace vitrine::net::internal
