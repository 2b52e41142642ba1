#include "capture/gateway/recording_writer.h"

#include <pthread.h>

#include <algorithm>
#include <future>
#include <list>
#include <map>
#include <utility>

#include "capture/gateway/batch_calls.h"
#include "capture/gateway/call_span.h"
#include "capture/gateway/limits.h"
#include "capture/gateway/new_recording.h"
#include "platform/clock.h"
#include "platform/thread_turns.h"

namespace vitrine::capture {

namespace {

const std::string kDoorName = "gateway";

}  // namespace

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
    Result<void> stored = AppendPatiently(one);
    if (!stored && stored.error().code == ErrorCode::kLimitExceeded) {
      LeaveOutBodies(*one.front());
      stored = AppendPatiently(one);
    }
    // What went well was counted when the call was.
    if (!stored) CountOutcome(1, stored);
  }
}

void RecordingWriter::Write(Recordings recordings) {
  const uint64_t count = recordings.size();
  Result<void> stored = AppendPatiently(recordings);
  if (!stored && stored.error().code == ErrorCode::kLimitExceeded) {
    if (count > 1) {
      for (auto& recording : recordings) {
        Recordings one;
        one.push_back(std::move(recording));
        Write(std::move(one));
      }
      return;
    }
    LeaveOutBodies(*recordings.front());
    stored = AppendPatiently(recordings);
  }
  CountOutcome(count, stored);
  queue_.Finish(recordings, stored.has_value());
}

Result<void> RecordingWriter::AppendPatiently(const Recordings& recordings) {
  Result<void> stored = Append(recordings);
  while (!stored && stored.error().code == ErrorCode::kUnavailable && !queue_.is_stopped()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kRetryMs));
    stored = Append(recordings);
  }
  return stored;
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
    const Recordings group = calls->Next(kBatchCallsPerRecord, kBatchCallBytesMax);
    if (group.empty()) break;
    const Result<void> stored = AppendPatiently(group);
    CountOutcome(group.size(), stored);
    (stored ? batch_calls_ : batch_lines_unread_) += group.size();
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
// Where one is refused all are sent again, and what was taken is known by its ids.
Result<void> RecordingWriter::Append(const Recordings& recordings) {
  struct Piece {
    Piece(RetryLinks& links, const PaceRules& pace) : spans(batch, links, pace) {}
    model::SpanBatch batch;
    CallSpans spans;  ///< What the batch's texts borrow from.
  };
  std::list<Piece> pieces;
  std::vector<std::future<Result<void>>> outcomes;
  for (size_t at = 0; at < recordings.size(); at += kRecordingsPerRecord) {
    const size_t count = std::min(kRecordingsPerRecord, recordings.size() - at);
    auto& [batch, spans] = pieces.emplace_back(links_, pace_);
    batch.project = recordings[at]->project;
    batch.capture = model::Capture::kGateway;
    batch.received = platform::SystemClock().Now();
    for (size_t i = at; i < at + count; ++i) {
      spans.Add(*recordings[i]);
      platform::YieldIfLong();
    }
    auto done = std::make_shared<std::promise<Result<void>>>();
    outcomes.push_back(done->get_future());
    sink_.Accept(batch, [done](Result<void> stored) { done->set_value(std::move(stored)); });
    platform::YieldIfLong();
  }
  Result<void> all;
  for (auto& outcome : outcomes) {
    Result<void> stored = outcome.get();
    if (all && !stored) all = std::move(stored);
  }
  if (!all) return all;
  auto piece = pieces.begin();
  for (size_t i = 0; i < recordings.size(); ++i) {
    if (i > 0 && i % kRecordingsPerRecord == 0) ++piece;
    if (recordings[i]->on_priced)
      recordings[i]->on_priced(piece->batch.spans[i % kRecordingsPerRecord]);
    // Now it is known which call an attempt belongs to.
    if (auto call = late_.Note(*recordings[i])) fetched_.push_back(std::move(call));
  }
  return {};
}

}  // namespace vitrine::capture
