#include "pipeline/span_sink.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

#include "pipeline/price_span.h"
#include "platform/thread_turns.h"
#include "storage/records/limits.h"
#include "storage/records/span_record.h"

namespace vitrine::pipeline {

void SpanSink::Accept(model::SpanBatch& batch, Done done) {
  if (batch.spans.empty() && batch.scores.empty() && batch.counts.empty()) {
    done({});
    return;
  }
  std::shared_ptr<const PriceTable> table = prices_.snapshot();
  for (model::Span& span : batch.spans) {
    scrubber_.Scrub(span, batch.arena);
    PriceSpan(*table, span, batch.arena);
    platform::YieldIfLong();
  }
  for (model::Score& score : batch.scores) scrubber_.Scrub(score, batch.arena);
  TailHub::Offer offer = tails_ == nullptr ? TailHub::Offer{} : tails_->Gather(batch);
  CallMeter::Samples samples = meter_ == nullptr ? CallMeter::Samples{} : CallMeter::Gather(batch);
  ScoreMeter::Samples scores =
      score_meter_ == nullptr ? ScoreMeter::Samples{} : ScoreMeter::Gather(batch);
  if (offer.empty() && samples.empty() && scores.empty()) return Append(batch, std::move(done));
  // The sender does not wait for those who watch and count.
  Append(batch, [this, offer = std::move(offer), samples = std::move(samples),
                 scores = std::move(scores), done = std::move(done)](Result<void> taken) mutable {
    const bool is_durable = taken.has_value();
    done(std::move(taken));
    if (!is_durable) return;
    if (!samples.empty()) meter_->Add(samples);
    if (!scores.empty()) score_meter_->Add(scores);
    if (!offer.empty()) tails_->Publish(offer);
  });
}

namespace {

/// Answers once, when every record of a batch is durable or one of them is not.
struct Pending {
  SpanSink::Done done;
  std::atomic<size_t> open;
  std::mutex mutex;
  Result<void> outcome;

  bool IsRefused() {
    const std::lock_guard lock(mutex);
    return !outcome;
  }
  void Finish(const Result<wal::Lsn>& lsn) {
    if (!lsn) {
      const std::lock_guard lock(mutex);
      outcome = std::unexpected(lsn.error());
    }
    if (open.fetch_sub(1) == 1) done(std::move(outcome));
  }
};

}  // namespace

void SpanSink::AppendRecord(const model::SpanBatch& batch, wal::Log::AppendCallback done) {
  auto record = std::make_unique<std::string>(records::EncodeSpanBatch(batch));
  std::string_view piece = *record;
  log_.Append(std::span(&piece, 1), [record = std::move(record), done = std::move(done)](
                                        Result<wal::Lsn> lsn) mutable { done(std::move(lsn)); });
}

/// A large batch becomes several records. If one of them is refused because the log is full or slow
/// the sender repeats them all; what was taken is then known as sent twice.
void SpanSink::Append(model::SpanBatch& batch, Done done) {
  const size_t most = records::kSpansPerRecordWritten;
  const size_t count = std::max<size_t>(1, (batch.spans.size() + most - 1) / most);
  auto pending = std::make_shared<Pending>(std::move(done), count);
  const auto finish = [pending](Result<wal::Lsn> lsn) { pending->Finish(lsn); };
  if (count == 1) return AppendRecord(batch, finish);
  model::SpanBatch part;
  part.project = batch.project;
  part.capture = batch.capture;
  part.received = batch.received;
  for (size_t i = 0; i < count; ++i) {
    const size_t end = std::min(batch.spans.size(), (i + 1) * most);
    part.spans.assign(batch.spans.begin() + static_cast<ptrdiff_t>(i * most),
                      batch.spans.begin() + static_cast<ptrdiff_t>(end));
    part.scores = i == 0 ? batch.scores : std::vector<model::Score>();
    // With the last, and not where one of the others was refused: all of them come again.
    if (i + 1 == count && !pending->IsRefused()) part.counts = batch.counts;
    AppendRecord(part, finish);
  }
}

}  // namespace vitrine::pipeline
