// Recorder: watches one call as it is relayed, and hands what it saw to the queue when the call
// ends. Does nothing but copy: understanding is the writer's work.
// Owner: the relay. Threads: the io thread of the call.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "capture/gateway/recording_queue.h"
#include "net/http_relay.h"

namespace vitrine::capture {

class Recorder : public net::RelayObserver {
 public:
  /// Begins a recording whose request's head is known. The queue outlives every recorder.
  Recorder(RecordingQueue& queue, std::unique_ptr<Recording> recording);
  ~Recorder() override;

  void OnRequestBody(std::string_view piece, int64_t read_ns) override;
  void OnResponseHead(int status, const net::HttpHeaders& headers, int64_t read_ns) override;
  void OnResponseBody(std::string_view piece, int64_t read_ns) override;
  void OnTunnelBytes(bool from_client, std::string_view piece, int64_t read_ns) override;
  void OnEnd(const net::RelayEnd& end) override;
  /// The end of a call that no relay made.
  void End(const net::RelayEnd& end, int64_t ended_ns);

  /// The client does not get this attempt's answer. On the call's io thread, as everything.
  void MarkNotServed();
  /// Calls `look` before the recording is handed over, when the answer came whole and is the
  /// client's. It may change what is recorded.
  void WhenServed(std::function<void(Recording&)> look) { look_.push_back(std::move(look)); }

 private:
  /// Takes memory for what comes; where there is none the recording loses the body.
  bool Grow(std::string& body, size_t size, size_t size_max);
  void LeaveOutRequest();
  void LeaveOutResponse();

  RecordingQueue& queue_;
  std::vector<std::function<void(Recording&)>> look_;
  std::unique_ptr<Recording> recording_;  ///< Null once it was handed over or given up.
};

}  // namespace vitrine::capture
