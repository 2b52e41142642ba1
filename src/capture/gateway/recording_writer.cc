#include "capture/gateway/recording_writer.h"

#include <pthread.h>

#include <algorithm>
#include <future>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include "capture/gateway/batch_calls.h"
#include "capture/gateway/call_span.h"
#include "capture/gateway/limits.h"
#include "capture/gateway/new_recording.h"
#include "capture/gateway/usage_limits.h"
#include "platform/clock.h"
#include "platform/thread_turns.h"

namespace vitrine::capture {

namespace {

const std::string kDoorName = "gateway";

/// What a call and its steps used together.
LimitedUse UseOf(std::span<const model::Span> spans) {
  LimitedUse use;
  for (const model::Span& span : spans) {
    use.Add({span.usage.input_tokens.value_or(0), span.cost.total.value_or(Money{})});
    use.Add({span.usage.output_tokens.value_or(0), {}});
  }
  return use;
}

}  // namespace

void CountUnrecorded(pipeline::IngestStats& stats, const std::string& project, uint64_t count) {
  stats.CountLoss(project, {.door = model::Name(model::Capture::kGateway),
                            .reason = "unrecorded",
                            .time = platform::SystemClock().Now(),
                            .dropped = count});
}

RecordingWriter::RecordingWriter(RecordingQueue& queue, pipeline::SpanSink& sink,
                                 pipeline::IngestStats& stats, PaceRules pace)
    : queue_(queue), sink_(sink), stats_(stats), pace_(std::move(pace)), thread_([this] {
        Run();
      }) {}

RecordingWriter::~RecordingWriter() { Stop(); }

void RecordingWriter::Stop() {
  queue_.Stop();
  if (thread_.joinable()) thread_.join();
}

void RecordingWriter::Run() {
  pthread_setname_np(pthread_self(), "record-calls");
  platform::GiveWay();
  for (;;) {
    Recordings taken = queue_.Take(kRecordingsPerBatch, kBatchBodyBytesMax);
    if (taken.empty()) return;
    for (const auto& recording : taken) {
      ReadHead(*recording);
      batches_.Note(*recording);
      WriteBatch(*recording);
    }
    WriteGroups(std::move(taken));
    WriteFetched();
  }
}

void RecordingWriter::WriteGroups(Recordings taken) {
  std::map<std::string, Recordings> by_project;
  for (auto& recording : taken) by_project[recording->project].push_back(std::move(recording));
  for (auto& [project, recordings] : by_project) Write(std::move(recordings));
}

// After the calls themselves: of two versions the later one wins.
void RecordingWriter::WriteFetched() {
  for (auto& call : std::exchange(fetched_, {})) {
    Recordings one;
    one.push_back(std::move(call));
    const auto when_known = [this](const Recordings& calls, const Result<void>& stored) {
      // What went well was counted when the call was.
      if (!stored) CountOutcome(calls.size(), stored);
    };
    Store(std::move(one), when_known, true);
  }
}

void RecordingWriter::Write(Recordings recordings) {
  Store(std::move(recordings), [this](Recordings& calls, const Result<void>& stored) {
    CountOutcome(calls.size(), stored);
    queue_.Finish(calls, stored.has_value());
  });
}

void RecordingWriter::Store(Recordings recordings, const WhenKnown& when_known, bool are_again) {
  Entries entries;
  for (auto& recording : recordings)
    entries.push_back({.recording = std::move(recording), .is_again = are_again});
  const auto is_open = [](const Entry& entry) { return entry.state != EntryState::kKnown; };
  const auto is_refused = [&](const Entry& entry) {
    return is_open(entry) && entry.outcome.error().code == ErrorCode::kUnavailable;
  };
  for (;;) {
    OfferOpen(entries);
    if (std::ranges::none_of(entries, is_open)) break;
    if (std::ranges::any_of(entries, is_refused))
      std::this_thread::sleep_for(std::chrono::milliseconds(kRetryMs));
  }
  for (const Entry& entry : entries) {
    if (!entry.outcome) continue;
    // Now it is known which call an attempt belongs to.
    if (auto call = late_.Note(*entry.recording)) fetched_.push_back(std::move(call));
  }
  Tell(std::move(entries), when_known);
}

void RecordingWriter::OfferOpen(Entries& entries) {
  std::vector<Entry*> together, alone;
  for (Entry& entry : entries) {
    if (entry.state == EntryState::kWaits) together.push_back(&entry);
    if (entry.state == EntryState::kWaitsAlone) alone.push_back(&entry);
  }
  Offer(together);
  for (Entry* const& entry : alone) Offer({&entry, 1});
}

void RecordingWriter::NoteOutcome(Entry& entry, const Result<void>& outcome, bool was_alone) {
  entry.outcome = outcome;
  const bool is_refused = !outcome && outcome.error().code == ErrorCode::kUnavailable;
  if (is_refused && !queue_.is_stopped()) return;  // It waits as before.
  entry.state = EntryState::kKnown;
  if (outcome || outcome.error().code != ErrorCode::kLimitExceeded) return;
  Recording& recording = *entry.recording;
  const bool has_body = !recording.request_body.empty() || !recording.response_body.empty();
  if (was_alone && !has_body) {
    entry.outcome = Fail(ErrorCode::kLimitExceeded, "larger than a record of the log");
    return;
  }
  if (was_alone) LeaveOutBodies(recording);
  entry.state = EntryState::kWaitsAlone;
}

void RecordingWriter::Tell(Entries entries, const WhenKnown& when_known) {
  struct Group {
    Recordings recordings;
    Result<void> outcome;
  };
  std::map<std::optional<std::string>, Group> by_why;  // Nothing: they are durable.
  for (Entry& entry : entries) {
    std::optional<std::string> why;
    if (!entry.outcome) why = entry.outcome.error().message;
    Group& group = by_why[why];
    group.recordings.push_back(std::move(entry.recording));
    group.outcome = entry.outcome;
  }
  for (auto& [why, group] : by_why) when_known(group.recordings, group.outcome);
}

void RecordingWriter::CountOutcome(uint64_t count, const Result<void>& stored) {
  const Nanos now = platform::SystemClock().Now();
  if (stored) return stats_.CountRequest(kDoorName, {.accepted = count}, now);
  stats_.CountRequest(kDoorName, {.rejected = count}, now);
  stats_.NoteProblem(kDoorName, 503, "calls went through unrecorded: " + stored.error().message,
                     "the calls themselves were not touched; see the state of the log", now);
}

void RecordingWriter::WriteBatch(Recording& download) {
  NoteUnreadBatch(download);
  const std::unique_ptr<BatchCalls> calls = BatchCalls::Open(download, batches_);
  if (calls == nullptr) return;
  for (;;) {
    Recordings group = calls->Next(kBatchCallsPerRecord, kBatchCallBytesMax);
    if (group.empty()) break;
    Store(std::move(group), [this](const Recordings& lines, const Result<void>& stored) {
      CountOutcome(lines.size(), stored);
      if (!stored) CountUnrecorded(stats_, lines.front()->project, lines.size());
      (stored ? batch_calls_ : batch_lines_unread_) += lines.size();
    });
  }
  batch_lines_unread_ += calls->unread();
  download.is_response_elsewhere = true;
}

void RecordingWriter::NoteUnreadBatch(const Recording& download) {
  namespace providers = codecs::providers;
  if (download.status != 200 || !download.is_response_left_out) return;
  const auto route = providers::FindBatchRoute(download.method, download.target);
  // Other files are large, too.
  const bool is_batch = route.step == providers::BatchStep::kResults &&
                        (NamesBatch(download) || batches_.Find(download, route.holder) != nullptr);
  if (!is_batch) return;
  ++batch_lines_unread_;
  stats_.NoteProblem(kDoorName, 413,
                     "the results '" + std::string(route.holder) +
                         "' of a batch went through unread: " +
                         std::to_string(download.end.response_body_bytes) + " bytes",
                     "at most 64 MiB of them are recorded, and less while memory is short "
                     "(gateway.recording_max); make the batches smaller",
                     platform::SystemClock().Now());
}

BatchCounts RecordingWriter::batch_counts() const {
  return {batch_calls_.load(std::memory_order_relaxed),
          batch_lines_unread_.load(std::memory_order_relaxed)};
}

void RecordingWriter::LeaveOutBodies(Recording& recording) {
  // Larger than a record of the log may be. The envelope is still worth having.
  recording.request_body.clear();
  recording.response_body.clear();
  recording.pieces.clear();
  recording.is_request_left_out = recording.is_response_left_out = true;
  queue_.CountWithoutBody();
}

// In pieces, for whoever waits for this thread's processor; all of them with one group commit.
void RecordingWriter::Offer(std::span<Entry* const> entries) {
  struct Piece {
    Piece(RetryLinks& links, const PaceRules& pace) : spans(batch, links, pace) {}
    model::SpanBatch batch;
    CallSpans spans;            ///< What the batch's texts borrow from.
    std::vector<size_t> calls;  ///< Where each call is in the batch; its steps follow it.
    std::future<Result<void>> outcome;
  };
  std::list<Piece> pieces;
  for (size_t at = 0; at < entries.size(); at += kRecordingsPerRecord) {
    const size_t end = std::min(entries.size(), at + kRecordingsPerRecord);
    Piece& piece = pieces.emplace_back(links_, pace_);
    piece.batch.project = entries[at]->recording->project;
    piece.batch.capture = model::Capture::kGateway;
    piece.batch.received = platform::SystemClock().Now();
    model::IngestCount count{.door = model::Name(piece.batch.capture),
                             .time = piece.batch.received};
    for (size_t i = at; i < end; ++i) {
      count.accepted += entries[i]->is_again ? 0 : 1;
      piece.calls.push_back(piece.batch.spans.size());
      piece.spans.Add(*entries[i]->recording);
      platform::YieldIfLong();
    }
    if (count.accepted > 0) piece.batch.counts.push_back(count);
    auto done = std::make_shared<std::promise<Result<void>>>();
    piece.outcome = done->get_future();
    sink_.Accept(piece.batch, [done](Result<void> stored) { done->set_value(std::move(stored)); });
    platform::YieldIfLong();
  }
  size_t at = 0;
  for (Piece& piece : pieces) {
    const Result<void> stored = piece.outcome.get();
    const std::span<const model::Span> spans = piece.batch.spans;
    piece.calls.push_back(spans.size());
    for (size_t i = 0; i + 1 < piece.calls.size(); ++i) {
      Entry& entry = *entries[at++];
      const auto& on_priced = entry.recording->on_priced;
      if (stored && on_priced)
        on_priced(UseOf(spans.subspan(piece.calls[i], piece.calls[i + 1] - piece.calls[i])));
      NoteOutcome(entry, stored, entries.size() == 1);
    }
  }
}

}  // namespace vitrine::capture
