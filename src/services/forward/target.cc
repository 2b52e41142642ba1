#include "services/forward/target.h"

#include <algorithm>
#include <chrono>

#include "codecs/dialects/forward_mark.h"
#include "codecs/dialects/otel_writer.h"
#include "codecs/otlp/otlp_encode.h"
#include "services/forward/error_text.h"
#include "services/forward/limits.h"
#include "services/pause.h"
#include "storage/records/span_record.h"

namespace vitrine::forward {

namespace {

constexpr std::chrono::milliseconds kLook(kLookMs);

uint64_t BytesOf(const wal::ReadResult& read) {
  uint64_t bytes = 0;
  for (const wal::Record& record : read.records) bytes += record.payload.size();
  return bytes;
}

}  // namespace

/// Records of the log on their way. The spans that are chosen borrow from the batches, those from
/// the records.
struct Target::Batch {
  std::vector<model::SpanBatch> records;
  std::vector<const model::Span*> chosen;
  Position counts;  ///< What is to be counted when the batch is done.
  int requests_left = kSplitRequestsMax;
  size_t handled = 0;  ///< Of `chosen`: sent or refused.
  size_t too_far = 0;  ///< Handed on by too many servers already; counted as refused.

  /// Decodes what was read. What does not decode is not forwarded; settling keeps it aside.
  void Add(const wal::ReadResult& read, const SpanChoice& choice) {
    uint64_t spans = 0;
    records.reserve(read.records.size());  // Spans are pointed to.
    for (const wal::Record& record : read.records) {
      auto decoded = records::DecodeSpanBatch(record.payload);
      if (!decoded) {
        counts.spans_dropped += records::CountSpans(record.payload).value_or(1);
        continue;
      }
      records.push_back(std::move(*decoded));
      spans += records.back().spans.size();
      choice.Append(records.back(), chosen);
    }
    counts.spans_filtered += spans - chosen.size();
    too_far = std::erase_if(chosen, [](const model::Span* span) {
      return codecs::CountForwards(span->resource) >= kForwardsMax;
    });
    counts.spans_refused += too_far;
  }
};

Target::Target(TargetParts parts, wal::Log& log, platform::Clock& clock, platform::Random& random,
               std::function<void()> moved)
    : setting_(std::move(parts.setting)),
      post_(std::move(parts.post)),
      choice_(std::move(parts.choice)),
      file_(std::move(parts.file)),
      log_(log),
      clock_(clock),
      random_(random),
      moved_(std::move(moved)),
      saved_(parts.position),
      position_(parts.position) {
  status_.name = setting_.name;
  status_.host = post_->host();
}

Target::~Target() { Stop(); }

void Target::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Target::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

wal::Lsn Target::next_lsn() const {
  const std::lock_guard lock(mutex_);
  return position_.next_lsn;
}

model::ForwardStatus Target::status() const {
  model::ForwardStatus status;
  wal::Lsn next = 0;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
    status.spans_sent = position_.spans_sent;
    status.spans_filtered = position_.spans_filtered;
    status.spans_refused = position_.spans_refused;
    status.spans_dropped = position_.spans_dropped;
    next = position_.next_lsn;
  }
  const wal::Lsn durable = log_.durable_lsn();
  status.queued_records = durable >= next ? durable - next + 1 : 0;
  status.queued_bytes = status.queued_records == 0 ? 0 : log_.SizeBytesFrom(next);
  return status;
}

void Target::Run(std::stop_token stop) {
  // Finds the place in its segment, which a log just opened does not know: what waits would look
  // larger than it is.
  (void)log_.ReadFrom(next_lsn(), 1).has_value();
  while (!stop.stop_requested()) {
    if (MustDrop()) DropOldest();
    const auto read = Gather(stop);
    if (!read) {
      NoteError("the log: " + read.error().message);
      services::Pause(kBackoffMsMin, stop);
      continue;
    }
    if (stop.stop_requested()) break;
    if (!read->records.empty()) {
      Forward(*read, stop);
    } else if (read->next_lsn > next_lsn()) {
      Position counts;  // Records that are lost, and counted by the log.
      counts.next_lsn = read->next_lsn;
      MoveTo(counts);
    }
    SaveIfDue(false);
  }
  SaveIfDue(true);
}

/// Reads a batch. Waits a little for more where there is room for it.
Result<wal::ReadResult> Target::Gather(std::stop_token stop) {
  const wal::Lsn next = next_lsn();
  if (!log_.WaitFor(next, kLook)) return wal::ReadResult{};
  TRY_ASSIGN(wal::ReadResult read, log_.ReadFrom(next, kBatchBytesMax));
  if (BytesOf(read) >= kBatchBytesMax / 2) return read;
  services::Pause(setting_.wait_ms, stop);
  return log_.ReadFrom(next, kBatchBytesMax);
}

void Target::Forward(const wal::ReadResult& read, std::stop_token stop) {
  Batch batch;
  batch.Add(read, choice_);
  if (batch.too_far > 0) {
    NoteError(std::to_string(batch.too_far) + " spans were handed on by " +
              std::to_string(kForwardsMax) + " servers already (their resource attribute " +
              std::string(codecs::kForwardedByKey) + " names them) and go no further");
  }
  const BatchEnd end = SendAll(batch, std::move(stop));
  // Nothing of it is counted: the whole batch is sent again after the next start.
  if (end == BatchEnd::kStopped) return;
  if (end == BatchEnd::kGivenUp) batch.counts.spans_dropped += batch.chosen.size() - batch.handled;
  batch.counts.next_lsn = read.next_lsn;
  MoveTo(batch.counts);
}

Target::BatchEnd Target::SendAll(Batch& batch, std::stop_token stop) {
  for (size_t begin = 0; begin < batch.chosen.size(); begin += kRequestSpansMax) {
    const size_t end = std::min(batch.chosen.size(), begin + kRequestSpansMax);
    batch.requests_left = kSplitRequestsMax;
    if (const BatchEnd sent = SendPart(batch, begin, end, stop); sent != BatchEnd::kDone)
      return sent;
  }
  return BatchEnd::kDone;
}

/// Sends some spans until they are taken or refused. Recursion halves them: nine levels deep.
Target::BatchEnd Target::SendPart(Batch& batch, size_t begin, size_t end, std::stop_token stop) {
  const auto halves = [&] {
    const size_t middle = begin + (end - begin) / 2;
    const BatchEnd first = SendPart(batch, begin, middle, stop);
    return first == BatchEnd::kDone ? SendPart(batch, middle, end, stop) : first;
  };
  codecs::OtlpTraces traces;
  codecs::OtelWriter writer(
      traces, setting_.sends_content ? codecs::OtelContent::kAll : codecs::OtelContent::kNone,
      log_.id().ToHex());
  uint64_t unwritable = 0;
  for (size_t i = begin; i < end; ++i) {
    if (!writer.Append(*batch.chosen[i])) ++unwritable;
  }
  const std::string body = codecs::EncodeTracesProtobuf(traces);
  if (body.size() > kRequestBytesMax && end - begin > 1) return halves();
  for (;;) {
    const PostOutcome outcome = post_->Send(body, clock_.Now(), stop);
    if (stop.stop_requested() && outcome.verdict != PostVerdict::kTaken) return BatchEnd::kStopped;
    if (outcome.verdict == PostVerdict::kTaken) {
      const uint64_t refused = std::min<uint64_t>(outcome.rejected_count, end - begin - unwritable);
      batch.counts.spans_refused += refused + unwritable;
      batch.counts.spans_sent += end - begin - unwritable - refused;
      NoteSent(outcome);
      break;
    }
    NoteError(outcome.message);
    if (outcome.verdict != PostVerdict::kLater) {
      if (end - begin > 1 && --batch.requests_left > 0) return halves();
      batch.counts.spans_refused += end - begin;
      break;
    }
    {
      const std::lock_guard lock(mutex_);
      ++status_.requests_retried;
    }
    if (const BatchEnd waited = Wait(outcome.retry_after_ms, stop); waited != BatchEnd::kDone)
      return waited;
  }
  batch.handled += end - begin;
  return BatchEnd::kDone;
}

Target::BatchEnd Target::Wait(int64_t ms, std::stop_token stop) {
  backoff_ms_ = std::clamp(2 * backoff_ms_, kBackoffMsMin, kBackoffMsMax);
  // Up to half of it less, so that many who lost the same target do not come back at once.
  const auto half = static_cast<uint64_t>(backoff_ms_ / 2);
  const int64_t backoff = backoff_ms_ - static_cast<int64_t>(random_.Next64() % (half + 1));
  const int64_t until = clock_.MonotonicNanos() + std::max(ms, backoff) * 1'000'000;
  while (clock_.MonotonicNanos() < until) {
    if (MustDrop()) return BatchEnd::kGivenUp;
    services::Pause(std::min(kLookMs, (until - clock_.MonotonicNanos()) / 1'000'000 + 1), stop);
    if (stop.stop_requested()) return BatchEnd::kStopped;
    SaveIfDue(false);
  }
  return MustDrop() ? BatchEnd::kGivenUp : BatchEnd::kDone;
}

/// A door that refuses because the disk is full is worse than a span that is not forwarded.
bool Target::MustDrop() const {
  const wal::Lsn next = next_lsn();
  if (log_.durable_lsn() < next) return false;
  if (log_.SizeBytesFrom(next) > setting_.queue_bytes_max) return true;
  return next <= log_.settled_lsn() && log_.health().state == wal::LogState::kFull;
}

/// Passes over records until the rest fits.
void Target::DropOldest() {
  while (MustDrop()) {
    // Little at once, for what is kept is worth more.
    const auto read = log_.ReadFrom(next_lsn(), 1);
    if (!read || read->records.empty()) return;
    Batch batch;
    batch.Add(*read, choice_);
    batch.counts.spans_dropped += batch.chosen.size();
    batch.counts.next_lsn = read->next_lsn;
    MoveTo(batch.counts);
  }
}

void Target::MoveTo(const Position& counts) {
  {
    const std::lock_guard lock(mutex_);
    position_.next_lsn = counts.next_lsn;
    position_.spans_sent += counts.spans_sent;
    position_.spans_filtered += counts.spans_filtered;
    position_.spans_refused += counts.spans_refused;
    position_.spans_dropped += counts.spans_dropped;
  }
  moved_();
}

/// A position that could not be written costs spans that are sent twice, after a crash.
void Target::SaveIfDue(bool now) {
  Position position;
  {
    const std::lock_guard lock(mutex_);
    position = position_;
  }
  if (position == saved_) return;
  const int64_t at_ns = clock_.MonotonicNanos();
  if (!now && at_ns - saved_at_ns_ < kSaveMs * 1'000'000) return;
  saved_at_ns_ = at_ns;
  if (auto written = file_.Write(position); !written) {
    NoteError("the position cannot be written: " + written.error().message);
    return;
  }
  saved_ = position;
}

void Target::NoteError(const std::string& message) {
  std::string shown = ErrorText(message, setting_);
  const std::lock_guard lock(mutex_);
  status_.last_error = std::move(shown);
  status_.last_error_at = clock_.Now();
}

void Target::NoteSent(const PostOutcome& outcome) {
  backoff_ms_ = 0;
  if (!outcome.message.empty()) NoteError(outcome.message);
  const std::lock_guard lock(mutex_);
  ++status_.requests;
  status_.last_sent_at = clock_.Now();
  if (outcome.message.empty()) status_.last_error.clear();
}

}  // namespace vitrine::forward
