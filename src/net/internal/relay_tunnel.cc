// The relay after 101: bytes in both directions, each ending for itself.
#include <sys/socket.h>

#include "net/internal/connection.h"
#include "net/internal/relay.h"

namespace vitrine::net::internal {

void Relay::StartTunnel(std::string_view rest, int64_t read_ns) {
  heard_client_ns_ = read_ns;
  const std::string early = connection_->TakeInput();  // The client may have been quick.
  if (!early.empty()) {
    TunnelUp(early, read_ns);
    FlushUp();
    if (!is_running()) return;
  }
  TunnelDown(rest, read_ns);
}

void Relay::TunnelUp(std::string_view bytes, int64_t read_ns) {
  end_.tunnel_up_bytes += bytes.size();
  if (plan_.observer) plan_.observer->OnTunnelBytes(true, bytes, read_ns);
  up_.Add(bytes);
}

void Relay::TunnelDown(std::string_view bytes, int64_t read_ns) {
  if (!bytes.empty()) {
    end_.tunnel_down_bytes += bytes.size();
    end_.times.last_byte_ns = read_ns;
    if (plan_.observer) plan_.observer->OnTunnelBytes(false, bytes, read_ns);
    down_.Add(bytes);
  }
  FlushDown();
}

void Relay::OnTunnelEnd(bool of_client) {
  (of_client ? client_ended_ : upstream_ended_) = true;
  PassEnds();
  UpdateInterest();
}

void Relay::PassEnds() {
  if (client_ended_ && up_.empty() && !upstream_told_) {
    upstream_told_ = true;
    upstream_.connection()->EndSending();
  }
  if (upstream_ended_ && down_.empty() && !client_told_) {
    client_told_ = true;
    ::shutdown(connection_->watch().descriptor(), SHUT_WR);
  }
  if (!upstream_told_ || !client_told_ || has_ended()) return;
  ReleaseUpstream(false);
  Connection* connection = connection_;
  Report(RelayEndReason::kComplete);
  connection->OnRelayComplete(true);
}

}  // namespace vitrine::net::internal
