// RecordingWriter: takes recordings from the queue, makes spans of them and appends them to the
// log. What the log refuses is offered again while the queue fills behind it, and drops its oldest.
// Owner: the door; queue, sink and clock outlive it. Threads: one of its own, at low priority, so
// that calls come first.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "capture/gateway/batch_book.h"
#include "capture/gateway/late_answers.h"
#include "capture/gateway/pace_rules.h"
#include "capture/gateway/recording_queue.h"
#include "capture/gateway/retry_links.h"
#include "pipeline/ingest_stats.h"
#include "pipeline/span_sink.h"

namespace vitrine::capture {

/// What became of batches' results.
struct BatchCounts {
  uint64_t calls = 0;   ///< Written as calls; fetched twice, they are here twice.
  uint64_t unread = 0;  ///< Lost: no result, refused by the log, or beyond what is recorded.
};

/// Notes for the ledger that calls of a project went through, and nobody could keep what they said.
void CountUnrecorded(pipeline::IngestStats& stats, const std::string& project, uint64_t count);

class RecordingWriter {
 public:
  RecordingWriter(RecordingQueue& queue, pipeline::SpanSink& sink, pipeline::IngestStats& stats,
                  PaceRules pace);
  ~RecordingWriter();  ///< Stops.

  /// Writes what waits, as long as the log takes it, and ends. Harmless to repeat.
  void Stop();

  /// Since the start.
  BatchCounts batch_counts() const;

 private:
  using Recordings = std::vector<std::unique_ptr<Recording>>;
  /// Told of some of the recordings: they are durable, or lost and why.
  using WhenKnown = std::function<void(Recordings&, const Result<void>&)>;
  enum class EntryState : uint8_t {
    kWaits,
    kWaitsAlone,  ///< The record that it was in was too large: it becomes one by itself.
    kKnown,
  };
  /// A recording on its way into the log.
  struct Entry {
    std::unique_ptr<Recording> recording;
    EntryState state = EntryState::kWaits;
    Result<void> outcome = {};  ///< Of the last offer.
    bool is_again = false;      ///< The call was written before, and counted then.
  };
  using Entries = std::vector<Entry>;

  void Run();
  /// Writes what a batch's results become, where the recording holds such.
  void WriteBatch(Recording& download);
  void NoteUnreadBatch(const Recording& download);
  void WriteGroups(Recordings taken);
  void WriteFetched();
  void Write(Recordings recordings);
  /// Stores recordings of one project. What the log cannot take is offered again, that alone, until
  /// it can or the queue has stopped. When all is known, answers are joined with the calls that
  /// began before them, in the recordings' order: which of them the log took first says nothing.
  /// `are_again`: they were stored before, without what came later.
  void Store(Recordings recordings, const WhenKnown& when_known, bool are_again = false);
  /// Offers what waits: together, then each one that was part of a record that was too large.
  void OfferOpen(Entries& entries);
  /// Offers entries of one project to the log, and notes what becomes of each.
  void Offer(std::span<Entry* const> entries);
  void NoteOutcome(Entry& entry, const Result<void>& outcome, bool was_alone);
  /// Tells the outcomes, those that are the same together.
  static void Tell(Entries entries, const WhenKnown& when_known);
  void LeaveOutBodies(Recording& recording);
  void CountOutcome(uint64_t count, const Result<void>& stored);

  RecordingQueue& queue_;
  pipeline::SpanSink& sink_;
  pipeline::IngestStats& stats_;
  RetryLinks links_;
  BatchBook batches_;
  LateAnswers late_;
  Recordings fetched_;  ///< Calls whose answers came later, to be written again.
  std::atomic<uint64_t> batch_calls_{0}, batch_lines_unread_{0};
  const PaceRules pace_;
  std::thread thread_;
};

}  // namespace vitrine::capture
