// Exchange: one request's answer on its way from a handler (any thread) to the connection (the
// loop's thread). HttpResponder and HttpStream are faces of it.
// Owner: shared by the responder and the connection; knows the connection only weakly.
// Threads: the first group from any thread, the second on the loop's thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_relay.h"
#include "net/http_types.h"

namespace vitrine::net::internal {

class Connection;
class Loop;

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::shared_ptr<Loop> loop, std::weak_ptr<Connection> connection, std::string request_id,
           size_t buffer_bytes_max);

  // From the handler.
  void AddHeader(std::string name, std::string value);
  void Answer(HttpResponse response);
  void Begin(int status, HttpHeaders headers);
  void Relay(RelayPlan plan);
  Result<void> Write(std::string_view bytes, bool may_wait);
  void End(const HttpHeaders& trailers);
  void Abort();
  void OnDisconnect(std::function<void()> callback);
  bool disconnected() const;
  const std::string& request_id() const { return request_id_; }

  // From the connection.

  /// The answer, once; headers added before are in it. With `streaming` its body comes later.
  struct Taken {
    HttpResponse response;
    bool streaming = false;
  };
  Taken TakeAnswer();
  /// Instead of an answer; headers added before go with it.
  RelayPlan TakeRelayPlan();
  /// Bytes of the stream that wait. The caller says Delivered when they are written.
  struct Pending {
    std::string bytes;
    std::string trailer_lines;  ///< Behind the last bytes.
    bool ended = false;
    bool aborted = false;
  };
  Pending TakePending();
  void Delivered();
  /// The client is gone or the connection closes; wakes writers, calls the callback.
  void MarkDisconnected();
  /// The answer was delivered; nobody needs to be told of anything any more.
  void MarkDone();

 private:
  /// Runs `act` of the connection on its loop, if both still exist.
  void PostToConnection(void (Connection::*act)(const std::shared_ptr<Exchange>&));

  const std::shared_ptr<Loop> loop_;
  const std::weak_ptr<Connection> connection_;
  const std::string request_id_;
  const size_t buffer_bytes_max_;

  mutable std::mutex mutex_;
  std::condition_variable drained_;
  HttpHeaders added_headers_;
  HttpResponse answer_;
  RelayPlan relay_plan_;
  std::function<void()> on_disconnect_;
  std::string pending_, trailer_lines_;
  size_t in_flight_bytes_ = 0;
  bool answered_ = false;
  bool streaming_ = false;
  bool ended_ = false;
  bool aborted_ = false;
  bool disconnected_ = false;
  bool done_ = false;
  bool pump_posted_ = false;
};

}  // namespace vitrine::net::internal
