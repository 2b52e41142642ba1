// ListKeys: how the keys of a list's rows, its sort key behind the project, read and are compared
// in SQL. Private to query. Threads: values and free functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/cursor.h"
#include "query/sql_text.h"
#include "query/text_search.h"

namespace vitrine::query {

/// A row of the table that may be the newest version of one that belongs on the page.
struct Candidate {
  ListKey key;
  std::string start_text;  ///< As the engine reads it back.
};

/// The cells of a line of TSV without escapes.
std::vector<std::string_view> CellsOf(std::string_view line);
/// Nothing where the text is no number.
std::optional<int64_t> NumberOf(std::string_view text);

class ListKeys {
 public:
  explicit ListKeys(TextUnit unit) : has_spans_(unit == TextUnit::kCalls) {}

  const char* ids() const { return has_spans_ ? "trace_id, span_id" : "trace_id"; }
  const char* newest_first() const {
    return has_spans_ ? "start_time DESC, trace_id DESC, span_id DESC"
                      : "start_time DESC, trace_id DESC";
  }
  /// Reads nanoseconds and hexadecimal ids, each a cell.
  std::optional<ListKey> Read(std::span<const std::string_view> cells) const;
  /// Appends " AND …": behind the row, older by key.
  void AppendBehind(SqlText& sql, const std::optional<ListKey>& cursor) const;
  /// Appends " AND …": not behind the row.
  void AppendDownTo(SqlText& sql, const std::optional<ListKey>& floor) const;
  /// Appends " AND …": the row is one of the candidates. As texts, for a call of a function costs
  /// the engine more than the whole comparison.
  void AppendOneOf(SqlText& sql, std::span<const Candidate> candidates) const;

 private:
  /// Appends the ids of a key, to be compared with (ids()).
  void AppendIds(SqlText& sql, const ListKey& key) const;
  /// Appends that a row stands on a side of the key, "<" or ">"; `ids_side` where both start alike.
  void AppendSide(SqlText& sql, const ListKey& key, const char* side, const char* ids_side) const;

  bool has_spans_;
};

/// Appends " AND …": nothing else is looked at, by the sort key where the rows lie far apart.
void AppendStarts(SqlText& sql, std::span<const Candidate> candidates);

}  // namespace vitrine::query
