#include "services/forward/span_choice.h"

#include "query/filter/span_match.h"

namespace vitrine::forward {

Result<SpanChoice> SpanChoice::Create(std::string project, const std::string& filter) {
  SpanChoice choice;
  choice.project_ = std::move(project);
  choice.has_filter_ = !filter.empty();
  if (!choice.has_filter_) return choice;
  TRY_ASSIGN(choice.filter_, query::ParseFilter(filter, query::FilterUnit::kSpans));
  if (const auto checked = query::CheckSpanMatch(choice.filter_); !checked)
    return std::unexpected(query::FilterError(checked.error()));
  return choice;
}

void SpanChoice::Append(const model::SpanBatch& batch,
                        std::vector<const model::Span*>& chosen) const {
  if (!project_.empty() && batch.project != project_) return;
  for (const model::Span& span : batch.spans) {
    if (span.is_fragment) continue;
    if (has_filter_ && !query::MatchesSpan(filter_, span, batch.capture)) continue;
    chosen.push_back(&span);
  }
}

}  // namespace vitrine::forward
