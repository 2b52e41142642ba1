// CountJournal: what the batch under way decided about calls that several traces report.
// That decision rests on what is remembered of recent calls, which a restart may remember
// differently, so it is made durable before the batch's first insert, and a replay of the batch
// repeats it instead of deciding anew.
// Owner: the settler. Threads: the settle thread only. Format: docs/formats/count_journal.md.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "platform/file.h"

namespace vitrine::settle {

/// What was decided about one span.
struct CallVerdict {
  std::string project;
  TraceId trace;
  SpanId span;
  bool counted = false;
  TraceId counted_in;  ///< Where `counted` is false: the trace of the span that counts.
  bool operator==(const CallVerdict&) const = default;
};

class CountJournal {
 public:
  /// Reads the file; a missing or torn one holds nothing, for a batch whose record is torn has not
  /// inserted anything yet.
  /// Errors: kIo, kUnsupported (written by a newer version).
  static Result<std::unique_ptr<CountJournal>> Open(const std::string& path,
                                                    platform::FileSystem& file_system);

  /// The verdicts kept for a batch, if they were. `batch` is its name.
  std::optional<std::span<const CallVerdict>> Find(std::string_view batch) const;
  /// Makes the verdicts of a batch durable, in place of the ones before, which is settled.
  /// Errors: kIo, kLimitExceeded (disk full): nothing may be inserted.
  Result<void> Keep(std::string_view batch, std::vector<CallVerdict> verdicts);

 private:
  explicit CountJournal(std::unique_ptr<platform::File> file) : file_(std::move(file)) {}
  Result<void> Read();

  std::unique_ptr<platform::File> file_;
  std::string batch_;
  std::vector<CallVerdict> verdicts_;
};

}  // namespace vitrine::settle
