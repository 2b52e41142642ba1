// Connection: one client's socket, from head to answer, request after request.
// Owner: its loop. Threads: the loop's thread only.
//
//   kIdle -> kHead -> kBody -> kHandling -> kWriting ------------> kIdle or kLinger -> kClosed
//                                      \-> kStreaming (kWriting) /
//
// A refused request goes to kWriting with keep_alive_ off: what follows on the connection is
// thrown away and never read as a request.
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_server.h"
#include "net/internal/body_reader.h"
#include "net/internal/head_gate.h"
#include "net/internal/loop.h"

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

class Connection : public std::enable_shared_from_this<Connection> {
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
  void WatchPeer(const std::shared_ptr<Exchange>& exchange);

 private:
  enum class State : uint8_t {
    kIdle,
    kHead,
    kBody,
    kHandling,
    kWriting,
    kStreaming,
    kLinger,
    kClosed
  };
  enum class BodyStyle : uint8_t { kNone, kWhole, kChunked, kDeclared, kUntilClose };

  bool is_reading() const { return state_ <= State::kBody; }

  // connection_read.cc
  void WaitReadable();
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

  // connection_write.cc
  void Refuse(int status, std::string_view code, std::string_view message);
  void StartAnswer(HttpResponse response, bool streaming);
  void PumpStream();
  void FrameStreamBytes(std::string bytes, bool ended);
  void StartWriting();
  void ContinueWriting();
  void OnWritten();
  void FinishExchange();
  void StartLinger();

  Loop& loop_;
  const Origin origin_;
  boost::asio::posix::stream_descriptor descriptor_;
  const int socket_;
  Position position_;

  State state_ = State::kIdle;
  int64_t deadline_ms_ = 0;  ///< SteadyMs; 0 is none.
  bool waiting_readable_ = false;
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
