#include "capture/gateway/recording_queue.h"

#include "capture/gateway/limits.h"

namespace vitrine::capture {

namespace {

/// Forgets what it says. The storage of its texts stays.
void Empty(Recording& recording) {
  Recording empty;
  const auto keep = [](auto& storage, auto& place) {
    storage.clear();
    place = std::move(storage);
  };
  keep(recording.target, empty.target);
  keep(recording.request_headers, empty.request_headers);
  keep(recording.request_body, empty.request_body);
  keep(recording.response_headers, empty.response_headers);
  keep(recording.response_body, empty.response_body);
  keep(recording.pieces, empty.pieces);
  recording = std::move(empty);
}

size_t SpareBytes(const Recording& recording) {
  return kRecordingOverheadBytes + recording.body_capacity();
}

}  // namespace

std::unique_ptr<Recording> RecordingQueue::New() {
  const std::lock_guard lock(spares_mutex_);
  if (spares_.empty()) return std::make_unique<Recording>();
  std::unique_ptr<Recording> spare = std::move(spares_.back());
  spares_.pop_back();
  spare_bytes_ -= SpareBytes(*spare);
  return spare;
}

void RecordingQueue::Recycle(std::unique_ptr<Recording> recording) {
  const size_t head_size = recording->target.size() + recording->request_headers.bytes() +
                           recording->response_headers.bytes();
  if (recording->body_capacity() > kSpareBodyBytesMax || head_size > kSpareHeadBytesMax) return;
  Empty(*recording);
  const std::lock_guard lock(spares_mutex_);
  const size_t bytes = SpareBytes(*recording);
  if (spare_bytes_ + bytes > kSpareBytesMax) return;
  spare_bytes_ += bytes;
  spares_.push_back(std::move(recording));
}

bool RecordingQueue::Reserve(Recording& recording, uint64_t bytes) {
  uint64_t held = bytes_held_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (held > bytes_max_) {
    MakeRoom(bytes);
    held = bytes_held_.load(std::memory_order_relaxed);
    if (held > bytes_max_) {
      bytes_held_.fetch_sub(bytes, std::memory_order_relaxed);
      return false;
    }
  }
  recording.bytes_held += bytes;
  return true;
}

void RecordingQueue::Release(Recording& recording, uint64_t bytes) {
  bytes_held_.fetch_sub(bytes, std::memory_order_relaxed);
  recording.bytes_held -= bytes;
}

void RecordingQueue::MakeRoom(uint64_t bytes) {
  for (uint64_t freed = 0; freed < bytes;) {
    std::unique_ptr<Recording> oldest;  // Given up without the lock.
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return;
      oldest = std::move(waiting_.front());
      waiting_.pop_front();
    }
    freed += oldest->bytes_held;
    Drop(std::move(oldest));
  }
}

void RecordingQueue::Push(std::unique_ptr<Recording> recording) {
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = waiting_.empty();
    waiting_.push_back(std::move(recording));
  }
  if (was_empty) filled_.notify_one();
}

void RecordingQueue::CountDropped(const Recording& recording) {
  dropped_.fetch_add(1, std::memory_order_relaxed);
  on_dropped_(recording);
}

void RecordingQueue::Drop(std::unique_ptr<Recording> recording) {
  bytes_held_.fetch_sub(recording->bytes_held, std::memory_order_relaxed);
  CountDropped(*recording);
  Recycle(std::move(recording));
}

std::vector<std::unique_ptr<Recording>> RecordingQueue::Take(size_t count_max, size_t bytes_max) {
  std::vector<std::unique_ptr<Recording>> taken;
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [this] { return !waiting_.empty() || is_stopped(); });
  if (!is_stopped()) {
    // What follows shortly goes along: one wake-up, one group commit.
    const auto gathered = [this, count_max] {
      return waiting_.size() >= count_max || is_stopped();
    };
    filled_.wait_for(lock, std::chrono::milliseconds(kGatherMs), gathered);
  }
  uint64_t bytes = 0;
  while (!waiting_.empty() && taken.size() < count_max && (taken.empty() || bytes < bytes_max)) {
    bytes += waiting_.front()->bytes_held;
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return taken;
}

void RecordingQueue::Finish(std::vector<std::unique_ptr<Recording>>& recordings, bool is_written) {
  uint64_t bytes = 0;
  for (const auto& recording : recordings) {
    bytes += recording->bytes_held;
    if (!is_written) CountDropped(*recording);
  }
  if (is_written) written_.fetch_add(recordings.size(), std::memory_order_relaxed);
  bytes_held_.fetch_sub(bytes, std::memory_order_relaxed);
  for (auto& recording : recordings) Recycle(std::move(recording));
  recordings.clear();
}

void RecordingQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  filled_.notify_all();
}

RecordingCounts RecordingQueue::counts() const {
  RecordingCounts counts;
  counts.begun = begun_.load(std::memory_order_relaxed);
  counts.written = written_.load(std::memory_order_relaxed);
  counts.dropped = dropped_.load(std::memory_order_relaxed);
  counts.without_body = without_body_.load(std::memory_order_relaxed);
  counts.bytes_held = bytes_held_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  counts.waiting = waiting_.size();
  return counts;
}

}  // namespace vitrine::capture
