// TraceState: one trace in the ledger: facts of its spans, the texts they share, and what its
// stored trace row says. Owner: the TraceLedger. Threads: the settle thread only.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "settle/span_facts.h"
#include "storage/schema/row_lookup.h"

namespace vitrine::settle {

/// Texts of one trace, each kept once; id 0 is the empty text.
class TextPool {
 public:
  uint32_t Intern(std::string_view text);
  std::string_view Text(uint32_t id) const { return id == 0 ? std::string_view() : texts_[id - 1]; }
  size_t bytes() const { return bytes_; }

 private:
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, uint32_t> ids_;
  size_t bytes_ = 0;
};

/// A preview of the trace and the moment it belongs to.
struct TracePreview {
  std::optional<Nanos> time;
  std::string text;
};

class TraceState {
 public:
  /// Index of the span in spans(), if the ledger knows it.
  std::optional<uint32_t> Find(SpanId id) const;
  /// Adds or replaces the facts of a span; returns its index.
  uint32_t Upsert(const SpanFacts& facts);
  /// Remembers what a span contributes to the trace's previews.
  void NotePreviews(const SpanFacts& facts, std::string_view input, std::string_view output);

  std::vector<SpanFacts>& spans() { return spans_; }
  const std::vector<SpanFacts>& spans() const { return spans_; }
  TextPool& texts() { return texts_; }
  const TextPool& texts() const { return texts_; }

  std::string_view input_preview() const;
  std::string_view output_preview() const;

  /// Forgets a span. Indexes of later spans change.
  void Erase(SpanId id);

  /// Sort keys and partitions of the trace's stored rows: one, or none yet; two after a crash
  /// between the partitions of an insert that moved the row.
  struct StoredKey {
    Nanos start;
    int32_t day = 0;
    bool operator==(const StoredKey&) const = default;
  };
  std::vector<StoredKey> stored_keys;
  std::optional<storage::TracePlace> place;  ///< As stored; nothing where the trace is new.
  uint64_t last_batch = 0;  ///< Number of the last batch that touched it; eviction order.
  Nanos first_received;
  std::string trace_name;  ///< Given by the sender for the whole trace, or empty.

  size_t EstimateBytes() const;

 private:
  std::vector<SpanFacts> spans_;
  std::unordered_map<SpanId, uint32_t> index_;  ///< Only once a trace is no longer small.
  TextPool texts_;
  TracePreview root_input_, root_output_, first_input_, last_output_;
};

/// Effective ownership of every span: its own value, else the nearest ancestor's, else the one of
/// the earliest span that has one; tags are united. Shape: one entry per span, same order.
std::vector<OwnershipIds> InheritOwnership(TraceState& trace);

/// Joins sorted unique tags into one pool text, and splits it again. The separator is 0x1F.
std::string JoinTags(std::span<const std::string_view> tags);
std::vector<std::string_view> SplitTags(std::string_view joined);

}  // namespace vitrine::settle
