// Connection: one client's socket, from head to answer, request after request.
// Owner: its loop. Threads: the loop's thread only.
//
//   kIdle -> kHead -> kBody -> kHandling -> kWriting ------------> kIdle or kLinger -> kClosed
//                  \                   \-> kStreaming (kWriting) /
//                   \-----------------> kRelaying --------------/   (a Relay drives the socket)
//
// A refused request goes to kWriting with keep_alive_ off: what follows on the connection is
// thrown away and never read as a request.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/http_server.h"
#include "net/internal/body_reader.h"
#include "net/internal/head_gate.h"
#include "net/internal/loop.h"
#include "net/internal/relay.h"

namespace vitrine::net::internal {

class Exchange;

/// A request body that is paid for from the server's budget while anyone holds it.
struct BudgetedBody {
  explicit BudgetedBody(std::shared_ptr<ServerState> server_state)
      : state(std::move(server_state)) {}
  ~BudgetedBody();
  BudgetedBody(const BudgetedBody&) = delete;
  BudgetedBody& operator=(const BudgetedBody&) = delete;

  /// Appends; false when the server's budget for bodies is used up. `expected` is the whole size
  /// where the client announced it.
  bool Append(std::string_view piece, std::optional<uint64_t> expected);

  std::string bytes;
  size_t charged = 0;
  std::shared_ptr<ServerState> state;
};

class Connection final : public std::enable_shared_from_this<Connection>, private Watched {
 public:
  using Position = std::list<std::shared_ptr<Connection>>::iterator;

  Connection(Loop& loop, int socket, Origin origin);
  ~Connection();

  void Start(Position position);
  Position position() const { return position_; }
  /// Looks at the deadline, and whether the client of a running request is still there.
  void Tick(int64_t now_ms);
  /// Closes when idle; otherwise the running request is the last.
  void BeginStop();
  /// Closes at once.
  void Close();

  // Posted by the exchange; ignored unless it is the current one.
  void OnAnswer(const std::shared_ptr<Exchange>& exchange);
  void OnStream(const std::shared_ptr<Exchange>& exchange);
  void OnRelay(const std::shared_ptr<Exchange>& exchange);
  void WatchPeer(const std::shared_ptr<Exchange>& exchange);

  // For the relay that drives the socket (connection_relay.cc).
  Loop& loop() { return loop_; }
  Watch& watch() { return watch_; }
  bool keep_alive() const { return keep_alive_; }
  bool peer_ended() const { return peer_ended_; }
  /// Keeps bytes of the requests that follow.
  void KeepInput(std::string_view bytes) { input_.append(bytes); }
  std::string TakeInput() { return std::exchange(input_, {}); }
  bool has_read_ahead_room() const { return input_.size() < kReadAheadBytesMax; }
  /// Reads what follows the relayed request. False when the client is gone.
  bool ReadAheadForRelay();
  /// The answer was delivered. With `close` the connection ends in order.
  void OnRelayComplete(bool close);
  /// Nothing went to the client, and somebody else answers.
  void OnRelayTakenBack(const RelayContinuation& continuation);
  /// Nothing was answered yet: the client gets an error. `request_read` says that its body is over.
  void OnRelayFailed(int status, std::string_view reason, const std::string& detail,
                     bool request_read, const HttpHeaders& added);
  /// The client must see that the answer is not whole. With `by_reset` its end would look like one.
  void OnRelayCut(bool by_reset);

 private:
  enum class State : uint8_t {
    kIdle,
    kHead,
    kBody,
    kHandling,
    kWriting,
    kStreaming,
    kRelaying,
    kLinger,
    kClosed
  };
  enum class BodyStyle : uint8_t { kNone, kWhole, kChunked, kDeclared, kUntilClose };

  bool is_reading() const { return state_ <= State::kBody; }

  // connection_read.cc
  void OnReady(uint32_t events) override;
  void WatchReading(bool wanted);
  void OnReadable();
  void ReadInput();
  void ReadAhead();
  void ReadLinger();
  void OnBytes(std::string_view bytes);
  void ProcessBuffered();
  size_t Advance(std::string_view bytes);
  size_t AdvanceHead(std::string_view bytes);
  size_t AdvanceBody(std::string_view bytes);
  bool BeginBody(std::string_view head_bytes, RequestHead& head);
  bool FillRequest(RequestHead& head);
  void SendContinue();
  HttpResponder BeginExchange();
  void Dispatch();
  void RefuseBody(BodyState state);

  // connection_relay.cc
  bool PlanRelay(const RequestHead& head);
  void StartRelay(RelayPlan&& plan, RelayRequest&& request);

  // connection_write.cc
  void Refuse(int status, std::string_view code, std::string_view message);
  void RefuseHttp2();
  void StartAnswer(HttpResponse response, bool streaming);
  void PumpStream();
  void FrameStreamBytes(std::string bytes, bool ended, const std::string& trailer_lines);
  void StartWriting();
  void ContinueWriting();
  void WatchWriting(bool wanted);
  void OnWritten();
  void FinishExchange();
  void StartLinger();

  Loop& loop_;
  const Origin origin_;
  Watch watch_;
  Position position_;

  State state_ = State::kIdle;
  int64_t deadline_ms_ = 0;  ///< SteadyMs; 0 is none.
  bool keep_alive_ = true;
  bool peer_ended_ = false;

  // Reading.
  std::string input_;  ///< Received and not consumed.
  size_t head_scanned_ = 0;
  HttpRequest request_;
  std::optional<BodyReader> body_reader_;
  std::shared_ptr<BudgetedBody> body_;
  uint64_t body_received_ = 0;
  int64_t body_started_ms_ = 0;
  size_t linger_read_ = 0;
  bool expects_continue_ = false;

  // Relaying.
  std::shared_ptr<Relay> relay_;

  // Answering.
  std::shared_ptr<Exchange> exchange_;
  std::string request_id_;
  bool is_head_request_ = false;
  int version_minor_ = 1;
  BodyStyle body_style_ = BodyStyle::kNone;
  uint64_t declared_left_ = 0;
  bool stream_ended_ = false;
  bool writing_ = false;
  std::array<std::string, 3> output_;  ///< Head or chunk size, body, chunk end.
  std::string_view output_static_;     ///< Stands for output_[1] where that is empty.
  size_t output_written_ = 0;
};

}  // namespace vitrine::net::internal
