// TailHub: hands accepted spans to whoever watches. A batch is looked at only while somebody does;
// nobody who watches can slow it down: what a reader does not take in time is dropped, the oldest
// first, and counted.
//
// Owner:   the app; readers are shared between the hub and their users and may outlive neither's
//          use of them; the hub outlives the last call to Next.
// Threads: every function from any thread; Next of one reader from one thread at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/span.h"
#include "model/tail.h"
#include "pipeline/limits.h"

namespace vitrine::pipeline {

struct TailHubOptions {
  /// Makes the text of an event. Called for a span that some reader wants, once.
  std::function<std::string(const model::Span&, model::Capture)> render;
  size_t readers_max = kTailReadersMax;
  size_t queue_events_max = kTailQueueEventsMax;
  size_t queue_bytes_max = kTailQueueBytesMax;
};

struct TailQuery {
  std::string project;  ///< Of no other is anything told.
  std::function<bool(const model::Span&, model::Capture)> matches;
};

/// Somebody who watches. Made by TailHub::Open.
class TailReader {
 public:
  TailReader(TailQuery query, size_t events_max, size_t bytes_max)
      : query_(std::move(query)), events_max_(events_max), bytes_max_(bytes_max) {}

  /// Waits for events, at most `wait`, and takes all there are.
  model::TailTurn Next(std::chrono::milliseconds wait);

 private:
  friend class TailHub;
  using Texts = std::vector<std::shared_ptr<const std::string>>;

  /// Queues `texts`, of which `skipped` more, that are older, are lost already. Returns how many
  /// were dropped.
  uint64_t Push(const Texts& texts, uint64_t skipped);
  void End();

  const TailQuery query_;
  const size_t events_max_, bytes_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<model::TailEvent> queue_;
  size_t queue_bytes_ = 0;
  uint64_t last_id_ = 0, dropped_ = 0, dropped_told_ = 0;
  bool is_over_ = false;
};

class TailHub {
 public:
  /// What one batch has for those who watch; borrows nothing of the batch.
  class Offer {
   public:
    bool empty() const { return shares_.empty(); }

   private:
    friend class TailHub;
    struct Share {
      std::shared_ptr<TailReader> reader;
      TailReader::Texts texts;
      uint64_t skipped = 0;
    };
    std::vector<Share> shares_;
  };

  explicit TailHub(TailHubOptions options) : options_(std::move(options)) {}

  /// Errors: kUnavailable (too many readers, or stopped).
  Result<std::shared_ptr<TailReader>> Open(TailQuery query);
  /// Ends a reader; its Next returns at once. Harmless to repeat.
  void Close(const std::shared_ptr<TailReader>& reader);
  /// Ends every reader and refuses new ones.
  void Stop();

  /// Renders what the readers want of a batch. Next to nothing when nobody watches.
  Offer Gather(const model::SpanBatch& batch) const;
  /// Hands it out, when the batch is durable.
  void Publish(const Offer& offer);

  model::TailStatus status() const;

 private:
  const TailHubOptions options_;
  std::atomic<size_t> readers_open_ = 0;  ///< Size of readers_, for a look without the mutex.
  std::atomic<uint64_t> events_published_ = 0, events_dropped_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<TailReader>> readers_;
  uint64_t readers_opened_ = 0, readers_refused_ = 0;
  bool stopped_ = false;
};

}  // namespace vitrine::pipeline
