#include "capture/gateway/recorder.h"

#include <algorithm>

#include "base/check.h"
#include "capture/gateway/limits.h"

namespace vitrine::capture {

Recorder::Recorder(RecordingQueue& queue, std::unique_ptr<Recording> recording)
    : queue_(queue), recording_(std::move(recording)) {
  queue_.CountBegun();
  const uint64_t spare = recording_->body_capacity();
  if (queue_.Reserve(*recording_, kRecordingOverheadBytes + spare)) return;
  // What an earlier call needed may be more than there is.
  std::string().swap(recording_->request_body);
  std::string().swap(recording_->response_body);
  std::vector<Recording::Piece>().swap(recording_->pieces);
  const bool has_room = spare > 0 && queue_.Reserve(*recording_, kRecordingOverheadBytes);
  if (!has_room) queue_.Drop(std::move(recording_));
}

Recorder::~Recorder() {
  // A relay that never began tells nobody.
  if (recording_) queue_.Drop(std::move(recording_));
}

bool Recorder::Grow(std::string& body, size_t size, size_t size_max) {
  const size_t wanted = body.size() + size;
  if (wanted > size_max) return false;
  if (wanted <= body.capacity()) return true;
  const size_t before = body.capacity();
  const size_t capacity = std::max(wanted, 2 * before);
  if (!queue_.Reserve(*recording_, capacity - before)) return false;
  body.reserve(capacity);
  VITRINE_CHECK(body.capacity() == capacity);  // What was taken is what will be given back.
  return true;
}

void Recorder::LeaveOutRequest() {
  queue_.Release(*recording_, recording_->request_body.capacity() - std::string().capacity());
  std::string().swap(recording_->request_body);
  recording_->is_request_left_out = true;
}

void Recorder::LeaveOutResponse() {
  queue_.Release(*recording_, recording_->response_body.capacity() - std::string().capacity() +
                                  recording_->pieces.capacity() * sizeof(Recording::Piece));
  std::string().swap(recording_->response_body);
  std::vector<Recording::Piece>().swap(recording_->pieces);
  recording_->is_response_left_out = true;
}

void Recorder::OnRequestBody(std::string_view piece, int64_t) {
  if (!recording_ || recording_->is_request_left_out) return;
  if (!Grow(recording_->request_body, piece.size(), kRequestBytesMax)) return LeaveOutRequest();
  recording_->request_body.append(piece);
}

void Recorder::OnResponseHead(int status, const net::HttpHeaders& headers, int64_t) {
  if (!recording_ || status < 200) return;
  recording_->status = status;
  recording_->response_headers = headers;
}

void Recorder::OnResponseBody(std::string_view piece, int64_t read_ns) {
  if (!recording_ || recording_->is_response_left_out) return;
  std::vector<Recording::Piece>& pieces = recording_->pieces;
  bool has_room = Grow(recording_->response_body, piece.size(), kResponseBytesMax);
  if (has_room && pieces.size() == pieces.capacity()) {
    const size_t more = std::max<size_t>(4, pieces.capacity());
    has_room = queue_.Reserve(*recording_, more * sizeof(Recording::Piece));
    if (has_room) pieces.reserve(pieces.capacity() + more);
  }
  if (!has_room) return LeaveOutResponse();
  recording_->response_body.append(piece);
  pieces.push_back({recording_->response_body.size(), read_ns});
}

void Recorder::OnTunnelBytes(bool, std::string_view, int64_t) {}

void Recorder::OnEnd(const net::RelayEnd& end) { End(end, net::MonotonicNanos()); }

void Recorder::MarkNotServed() {
  if (recording_) recording_->is_served = false;
}

void Recorder::End(const net::RelayEnd& end, int64_t ended_ns) {
  if (!recording_) return;
  recording_->end = end;
  recording_->ended_ns = ended_ns;
  const bool is_whole = end.reason == net::RelayEndReason::kComplete && !end.was_left_unread &&
                        !recording_->is_response_left_out;
  if (is_whole && recording_->is_served) {
    for (const auto& look : look_) look(*recording_);
  }
  look_.clear();
  if (recording_->is_request_left_out || recording_->is_response_left_out)
    queue_.CountWithoutBody();
  queue_.Push(std::move(recording_));
}

}  // namespace vitrine::capture
