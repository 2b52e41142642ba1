#include "pipeline/tail_hub.h"

#include <algorithm>
#include <utility>

namespace vitrine::pipeline {

model::TailTurn TailReader::Next(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, wait,
                 [this] { return is_over_ || !queue_.empty() || dropped_ != dropped_told_; });
  model::TailTurn turn;
  turn.events.assign(std::make_move_iterator(queue_.begin()),
                     std::make_move_iterator(queue_.end()));
  queue_.clear();
  queue_bytes_ = 0;
  dropped_told_ = turn.dropped = dropped_;
  turn.is_over = is_over_;
  return turn;
}

uint64_t TailReader::Push(const Texts& texts, uint64_t skipped) {
  uint64_t dropped = skipped;
  {
    const std::scoped_lock lock(mutex_);
    if (is_over_) return 0;
    last_id_ += skipped;
    for (const auto& text : texts) {
      queue_.push_back({++last_id_, text});
      queue_bytes_ += text->size();
    }
    while (queue_.size() > events_max_ || queue_bytes_ > bytes_max_) {
      queue_bytes_ -= queue_.front().json->size();
      queue_.pop_front();
      ++dropped;
    }
    dropped_ += dropped;
  }
  wake_.notify_one();
  return dropped;
}

void TailReader::End() {
  {
    const std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_one();
}

Result<std::shared_ptr<TailReader>> TailHub::Open(TailQuery query) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return Fail(ErrorCode::kUnavailable, "the server is stopping");
  if (readers_.size() >= options_.readers_max) {
    ++readers_refused_;
    return Fail(
        ErrorCode::kUnavailable,
        std::to_string(readers_.size()) + " live tails are open, which is the most there can be");
  }
  ++readers_opened_;
  readers_.push_back(std::make_shared<TailReader>(std::move(query), options_.queue_events_max,
                                                  options_.queue_bytes_max));
  readers_open_.store(readers_.size(), std::memory_order_relaxed);
  return readers_.back();
}

void TailHub::Close(const std::shared_ptr<TailReader>& reader) {
  reader->End();
  const std::scoped_lock lock(mutex_);
  std::erase(readers_, reader);
  readers_open_.store(readers_.size(), std::memory_order_relaxed);
}

void TailHub::Stop() {
  std::vector<std::shared_ptr<TailReader>> readers;
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    readers.swap(readers_);
    readers_open_.store(0, std::memory_order_relaxed);
  }
  for (const auto& reader : readers) reader->End();
}

TailHub::Offer TailHub::Gather(const model::SpanBatch& batch) const {
  Offer offer;
  if (readers_open_.load(std::memory_order_relaxed) == 0) return offer;
  std::vector<std::shared_ptr<TailReader>> readers;
  {
    const std::scoped_lock lock(mutex_);
    readers = readers_;
  }
  std::vector<std::shared_ptr<const std::string>> texts(batch.spans.size());
  for (const auto& reader : readers) {
    if (reader->query_.project != batch.project) continue;
    std::vector<size_t> wanted;
    for (size_t i = 0; i < batch.spans.size(); ++i) {
      if (reader->query_.matches(batch.spans[i], batch.capture)) wanted.push_back(i);
    }
    if (wanted.empty()) continue;
    // What would be dropped at once is not rendered.
    const size_t skipped = wanted.size() - std::min(wanted.size(), options_.queue_events_max);
    Offer::Share share{reader, {}, skipped};
    for (size_t i = skipped; i < wanted.size(); ++i) {
      auto& text = texts[wanted[i]];
      if (text == nullptr) {
        text = std::make_shared<const std::string>(
            options_.render(batch.spans[wanted[i]], batch.capture));
      }
      share.texts.push_back(text);
    }
    offer.shares_.push_back(std::move(share));
  }
  return offer;
}

void TailHub::Publish(const Offer& offer) {
  for (const Offer::Share& share : offer.shares_) {
    events_published_ += share.texts.size() + share.skipped;
    events_dropped_ += share.reader->Push(share.texts, share.skipped);
  }
}

model::TailStatus TailHub::status() const {
  model::TailStatus status;
  status.events_published = events_published_;
  status.events_dropped = events_dropped_;
  const std::scoped_lock lock(mutex_);
  status.readers = readers_.size();
  status.readers_opened = readers_opened_;
  status.readers_refused = readers_refused_;
  return status;
}

}  // namespace vitrine::pipeline
