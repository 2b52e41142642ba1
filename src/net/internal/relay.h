// Relay: one request and its answer, passed through between a client's connection and an upstream.
//
//   kOpening -> kExchanging -----------------> kFlushing -> kEnded
//                  |   \-> kTunnel (after 101) ---/
//                  \-> kCutting (failed after the head): delivers what came, then cuts the client
//
// While exchanging, both directions stream at the same time. What one socket does not take at once
// waits in an Outbox; while too much waits, the other socket is not read.
//
// Owner: its Connection, which it tells when it ended; it holds the upstream connection meanwhile.
// Threads: the loop's. Begin never ends the relay before it returned: what fails there ends it
// later.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_relay.h"
#include "net/internal/head_gate.h"
#include "net/internal/message_framer.h"
#include "net/internal/outbox.h"
#include "net/internal/upstream_connection.h"
#include "net/internal/upstream_link.h"

namespace vitrine::net::internal {

class Connection;

/// What the connection knows of the request besides the plan.
struct RelayRequest {
  Framing framing;
  int version_minor = 1;
  bool is_head = false;
  bool expects_continue = false;
  std::string upgrade;  ///< The protocol asked for, where the plan allows it.
};

class Relay final : public std::enable_shared_from_this<Relay>, private UpstreamOwner {
 public:
  Relay(Connection& connection, RelayPlan&& plan, RelayRequest&& request);

  /// Begins with the body bytes that came with the head. Returns how many belong to this request.
  size_t Begin(std::string_view bytes);
  /// Sends what there is of the request; see Loop::FlushLater.
  void FlushRequest();
  /// The client's socket is ready.
  void OnClientReady(uint32_t events);
  /// Looks at the deadlines.
  void Tick(int64_t now_ms);
  /// The connection closes by itself; it is not told again.
  void Abandon(RelayEndReason reason);

 private:
  enum class Phase : uint8_t { kOpening, kExchanging, kTunnel, kFlushing, kCutting, kEnded };
  /// How body bytes go to the client.
  enum class DownStyle : uint8_t { kAsCame, kBodyOnly, kChunks };

  bool has_ended() const { return phase_ == Phase::kEnded; }
  bool is_running() const { return phase_ <= Phase::kTunnel; }

  // relay.cc: beginning, waiting, ending.
  void TakeUpstream(bool may_be_kept);
  void OnUpstreamOpen() override;
  void OnUpstreamFailed(RelayEndReason reason, const std::string& detail) override;
  void OnUpstreamReady(UpstreamConnection& connection, bool readable, bool writable) override;
  void OnUpstreamUnshared(std::shared_ptr<UpstreamConnection> connection) override;
  void HoldUpstream(UpstreamLink upstream);
  void UpdateInterest();
  void ResumeUpstream();
  void Fail(RelayEndReason reason, std::string detail);
  void FailLater(RelayEndReason reason, std::string detail);
  void CutClient();
  bool TakeBack(RelayEndReason reason, int status, const HttpHeaders* headers);
  void EndTakenBack(RelayEndReason reason);
  bool is_taken_back() const { return continuation_ != nullptr; }
  void ReleaseUpstream(bool keep);
  void Report(RelayEndReason reason);
  void CountClientWait(bool waits);
  bool IsClientTooSlow(int64_t now_ms) const;

  // relay_request.cc: client to upstream.
  void ReadClient();
  size_t TakeRequest(std::string_view bytes, int64_t read_ns);
  void SendUp(std::string_view bytes);
  void AddPlanBody();
  void FlushUp();
  void DropPlanBody();
  bool Repeat();
  void CopyUntaken();
  bool may_run_twice() const;
  bool may_send_again() const;
  bool is_request_out() const;
  bool may_keep_upstream() const;
  bool has_more_up() const;

  // relay_response.cc: upstream to client.
  void ReadUpstream();
  void OnUpstreamEnd(bool in_order);
  bool TakeStreamTrailers();
  void TakeResponse(std::string_view bytes, int64_t read_ns);
  bool TakeHead(std::string_view& rest, int64_t read_ns);
  bool TakeInterim(int64_t read_ns);
  bool TakeFinalHead(int64_t read_ns);
  void SendHead(bool has_body);
  void TakeBody(std::string_view rest, int64_t read_ns);
  void SendPiece(std::string_view piece);
  void SendFiltered(bool is_end);
  void EndFilter();
  void ResponseDone(bool has_excess, int64_t read_ns);
  void FlushDown();

  // relay_tunnel.cc: after 101.
  void StartTunnel(std::string_view rest, int64_t read_ns);
  void TunnelUp(std::string_view bytes, int64_t read_ns);
  void TunnelDown(std::string_view bytes, int64_t read_ns);
  void OnTunnelEnd(bool of_client);
  void PassEnds();

  Connection* connection_;
  Loop& loop_;
  RelayPlan plan_;
  const RelayRequest request_;
  Phase phase_ = Phase::kOpening;
  bool beginning_ = false;
  RelayContinuation continuation_;  ///< Set once the exchange is to be given back.
  bool failing_ = false;            ///< A failure is posted; nothing else counts any more.
  RelayEnd end_;
  UpstreamLink upstream_;

  // Client to upstream.
  std::string request_head_;
  MessageFramer request_framer_;
  Outbox up_;
  std::string sent_body_;      ///< Copy of the framed body so far, for Repeat.
  bool keeps_copy_ = false;    ///< The request is in hand as a whole, to go out once more.
  bool copies_body_ = false;   ///< In `sent_body_`; else in `up_`, until a byte of it is taken.
  bool is_unsent_ = false;     ///< It waits for its turn, and no byte of it is out.
  bool repeat_spent_ = false;  ///< It went out twice; passed over, it may still go to another.
  size_t passed_over_ = 0;     ///< Connections that ended before they took it.
  bool request_read_ = false;  ///< The client sent all of it.
  bool request_malformed_ = false;
  bool up_waits_ = false;         ///< For the upstream to take bytes.
  bool upload_broken_ = false;    ///< The upstream takes no more; it may still answer.
  bool forwards_expect_ = false;  ///< The client waits for the upstream's 100.
  size_t plan_body_added_ = 0;
  int64_t heard_client_ns_ = 0;
  int64_t client_wait_began_ns_ = 0;  ///< 0 while no byte of the body is awaited.
  int64_t client_waited_ns_ = 0;      ///< In all, without the wait that runs.
  int64_t moved_up_ns_ = 0;

  // Upstream to client.
  std::string head_bytes_;  ///< An incomplete head.
  size_t head_scanned_ = 0;
  ResponseHead head_;
  std::string head_out_;
  size_t interim_count_ = 0;
  MessageFramer response_framer_;
  DownStyle down_style_ = DownStyle::kAsCame;
  std::array<char, 20> chunk_line_{};
  std::unique_ptr<RelayBodyFilter> filter_;
  std::string last_chunk_;  ///< With trailers, where a stream had some.
  std::string filtered_;    ///< What a filter let through of the piece at hand.
  Outbox down_;
  bool down_waits_ = false;  ///< For the client to take bytes.
  bool any_answer_byte_ = false;
  bool head_done_ = false;
  bool head_sent_ = false;  ///< Of the final answer: an error answer can not be sent any more.
  bool close_client_ = false;
  bool ends_by_close_ = false;  ///< The client sees the body's end by the connection's.
  bool may_read_more_ = false;  ///< Reading stopped before the upstream had no more.
  bool resume_posted_ = false;
  int64_t head_began_ns_ = 0;
  int64_t heard_upstream_ns_ = 0;
  int64_t moved_down_ns_ = 0;

  // Tunnel.
  bool client_ended_ = false;
  bool upstream_ended_ = false;
  bool client_told_ = false;
  bool upstream_told_ = false;
};

}  // namespace vitrine::net::internal
