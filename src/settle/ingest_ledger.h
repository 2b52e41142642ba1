// IngestLedger: what became of the things that came to doors, of one batch, by project, minute,
// door and reason (docs/ingest-ledger.md). Owner: the settlement; it owns its texts. Threads: one
// after the other.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "model/span.h"

namespace vitrine::settle {

/// A row of ingest_ledger_rows.
struct IngestKey {
  std::string project, door, reason;
  int64_t minute = 0;  ///< Since the epoch.
  auto operator<=>(const IngestKey&) const = default;
};
struct IngestSums {
  uint64_t accepted = 0, rejected = 0, dropped = 0, quarantined = 0;
};
using IngestEntry = std::pair<const IngestKey, IngestSums>;

class IngestLedger {
 public:
  /// What the doors say of a log record.
  void Add(const model::SpanBatch& batch);
  /// The engine refused one of the things that came through `door` at this time.
  void AddQuarantined(std::string_view project, std::string_view door, Nanos time);

  const std::map<IngestKey, IngestSums>& rows() const { return rows_; }

 private:
  std::map<IngestKey, IngestSums> rows_;
};

}  // namespace vitrine::settle
