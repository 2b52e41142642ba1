// UpstreamPool: the idle upstream connections of one loop. Each is watched: one that the upstream
// closes, or that speaks unasked, is dropped at once.
// Owner: the loop. Threads: the loop's.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/internal/upstream_connection.h"

namespace vitrine::net::internal {

class UpstreamPool final : private UpstreamOwner {
 public:
  explicit UpstreamPool(Loop& loop) : loop_(loop) {}
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  /// An idle connection that is still silent, the one used last, or one that is to be opened.
  /// `check` is asked about the address of an idle one too: another plan may have allowed it.
  std::shared_ptr<UpstreamConnection> Take(const std::shared_ptr<const UpstreamEndpoint>& endpoint,
                                           const AddressCheck& check);
  /// A new connection, to be opened.
  std::shared_ptr<UpstreamConnection> Make(const std::shared_ptr<const UpstreamEndpoint>& endpoint);
  /// Keeps a connection that finished an exchange in order.
  void Give(std::shared_ptr<UpstreamConnection> connection);
  /// Closes what has been idle for too long.
  void Tick(int64_t now_ms);
  void Clear();

 private:
  using Idle = std::vector<std::shared_ptr<UpstreamConnection>>;

  void OnUpstreamOpen() override {}
  void OnUpstreamReady(UpstreamConnection& connection, bool readable, bool writable) override;
  void OnUpstreamFailed(RelayEndReason, const std::string&) override {}
  const std::string& KeyOf(const UpstreamEndpoint& endpoint);
  void DropOldest();

  Loop& loop_;
  std::unordered_map<std::string, Idle> idle_;  ///< By key; oldest first.
  size_t idle_count_ = 0;
  std::string key_;  ///< Keeps its storage from one request to the next.
};

}  // namespace vitrine::net::internal
