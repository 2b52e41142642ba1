#include "capture/gateway/recording_writer.h"

#include <future>
#include <map>

#include "capture/gateway/call_span.h"
#include "capture/gateway/limits.h"
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
  platform::GiveWay();
  for (;;) {
    Recordings taken = queue_.Take(kRecordingsPerBatch, kBatchBodyBytesMax);
    if (taken.empty()) return;
    std::map<std::string, Recordings> by_project;
    for (auto& recording : taken) by_project[recording->project].push_back(std::move(recording));
    for (auto& [project, recordings] : by_project) Write(std::move(recordings));
  }
}

void RecordingWriter::Write(Recordings recordings) {
  const uint64_t count = recordings.size();
  Result<void> stored = Append(recordings);
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
    stored = Append(recordings);
  }
  while (!stored && stored.error().code == ErrorCode::kUnavailable && !queue_.is_stopped()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kRetryMs));
    stored = Append(recordings);
  }
  const Nanos now = platform::SystemClock().Now();
  if (stored) {
    stats_.CountRequest(kDoorName, {.accepted = count}, now);
  } else {
    stats_.CountRequest(kDoorName, {.rejected = count}, now);
    stats_.NoteProblem(kDoorName, 503, "calls went through unrecorded: " + stored.error().message,
                       "the calls themselves were not touched; see the state of the log", now);
  }
  queue_.Finish(recordings, stored.has_value());
}

void RecordingWriter::LeaveOutBodies(Recording& recording) {
  // Larger than a record of the log may be. The envelope is still worth having.
  recording.request_body.clear();
  recording.response_body.clear();
  recording.pieces.clear();
  recording.is_request_left_out = recording.is_response_left_out = true;
  queue_.CountWithoutBody();
}

Result<void> RecordingWriter::Append(const Recordings& recordings) {
  model::SpanBatch batch;
  batch.project = recordings.front()->project;
  batch.capture = model::Capture::kGateway;
  batch.received = platform::SystemClock().Now();
  CallSpans spans(batch, links_, pace_);
  for (const auto& recording : recordings) spans.Add(*recording);
  std::promise<Result<void>> done;
  std::future<Result<void>> outcome = done.get_future();
  sink_.Accept(batch, [&done](Result<void> stored) { done.set_value(std::move(stored)); });
  Result<void> stored = outcome.get();
  if (!stored) return stored;
  for (size_t i = 0; i < recordings.size(); ++i) {
    if (recordings[i]->on_priced) recordings[i]->on_priced(batch.spans[i]);
  }
  return stored;
}

}  // namespace vitrine::capture
