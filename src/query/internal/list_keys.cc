#include "query/internal/list_keys.h"

#include <algorithm>
#include <charconv>

namespace vitrine::query {

std::vector<std::string_view> CellsOf(std::string_view line) {
  std::vector<std::string_view> cells;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find('\t', at), line.size());
    cells.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return cells;
}

std::optional<int64_t> NumberOf(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<ListKey> ListKeys::Read(std::span<const std::string_view> cells) const {
  if (cells.size() < 2) return std::nullopt;
  const auto start = NumberOf(cells[0]);
  const auto trace = TraceId::FromHex(cells[1].substr(0, 2 * TraceId::size));
  const auto rest = cells[1].substr(std::min(cells[1].size(), 2 * TraceId::size));
  const auto span = has_spans_ ? SpanId::FromHex(rest) : SpanId{};
  if (!start || !trace || !span || rest.empty() == has_spans_) return std::nullopt;
  return ListKey{Nanos{*start}, *trace, *span};
}

void ListKeys::AppendIds(SqlText& sql, const ListKey& key) const {
  sql << "(toFixedString(unhex('" << key.trace_id.ToHex() << "'), 16)";
  if (has_spans_) sql << ", toFixedString(unhex('" << key.span_id.ToHex() << "'), 8)";
  sql << ")";
}

// By the start first, which is the sort key.
void ListKeys::AppendSide(SqlText& sql, const ListKey& key, const char* side,
                          const char* ids_side) const {
  (sql << " AND start_time " << side << "= ").Time(key.start);
  (sql << " AND (start_time " << side << " ").Time(key.start);
  AppendIds(sql << " OR (" << ids() << ") " << ids_side << " ", key);
  sql << ")";
}

void ListKeys::AppendBehind(SqlText& sql, const std::optional<ListKey>& cursor) const {
  if (cursor) AppendSide(sql, *cursor, "<", "<");
}

void ListKeys::AppendDownTo(SqlText& sql, const std::optional<ListKey>& floor) const {
  if (floor) AppendSide(sql, *floor, ">", ">=");
}

void ListKeys::AppendOneOf(SqlText& sql, std::span<const Candidate> candidates) const {
  sql << " AND lower(hex(concat('', " << ids() << "))) IN ('";
  for (size_t i = 0; i < candidates.size(); ++i) {
    sql << (i == 0 ? "" : "', '") << candidates[i].key.trace_id.ToHex();
    if (has_spans_) sql << candidates[i].key.span_id.ToHex();
  }
  sql << "')";
}

void AppendStarts(SqlText& sql, std::span<const Candidate> candidates) {
  for (size_t i = 0; i < candidates.size(); ++i)
    sql << (i == 0 ? " AND start_time IN ('" : "', '") << candidates[i].start_text;
  sql << "')";
}

}  // namespace vitrine::query
