#include "query/trace_counts.h"

#include <utility>

#include "query/internal/visit_rows.h"
#include "query/limits.h"

namespace vitrine::query {

Result<TraceCounts::ByProject> TraceCounts::Count(clickhouse::Client& client) {
  Days days;
  SqlText parts;
  parts << "SELECT partition, lower(hex(sipHash128(arraySort(groupArray((name, "
           "hash_of_all_files)))))) FROM system.parts WHERE active AND database = 'vitrine' AND "
           "table = 'trace_rows' GROUP BY partition FORMAT JSONCompactEachRow";
  TRY(VisitRows(client, parts, [&](const syntax::JsonValue& row) {
    days[std::string(row.At(0).text())].parts = row.At(1).text();
  }));
  if (days.empty()) {
    // No row, or no table yet: that is another answer.
    SqlText is_there;
    is_there << "SELECT 1 FROM vitrine.trace_rows LIMIT 0 FORMAT TSV";
    TRY(AskText(client, is_there));
  }
  SqlText counts;
  counts << "SELECT toString(day), project, count() FROM vitrine.trace_rows FINAL WHERE day IN (";
  bool is_asked = false;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [date, day] : days) {
      const auto kept = days_.find(date);
      if (kept != days_.end() && kept->second.parts == day.parts) {
        day.traces = kept->second.traces;
        continue;
      }
      counts << (is_asked ? ", '" : "'") << date << "'";
      is_asked = true;
    }
  }
  counts << ") GROUP BY day, project FORMAT JSONCompactEachRow";
  // What has come in since is counted too, and again when the day's other parts are seen.
  if (is_asked) {
    TRY(VisitRows(client, counts, [&](const syntax::JsonValue& row) {
      days[std::string(row.At(0).text())].traces[std::string(row.At(1).text())] =
          row.At(2).ToUint().value_or(0);
    }));
  }
  ByProject projects;
  for (const auto& [date, day] : days) {
    for (const auto& [project, count] : day.traces) projects[project] += count;
  }
  Keep(std::move(days));
  return projects;
}

void TraceCounts::Keep(Days days) {
  size_t count = 0;
  std::erase_if(days, [&](const auto& entry) {
    count += 1 + entry.second.traces.size();
    return count > kTraceCountsMax;
  });
  const std::lock_guard lock(mutex_);
  days_ = std::move(days);
}

}  // namespace vitrine::query
