// SpanChoice: which spans of the log a target gets. Threads: const and shared.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/span.h"
#include "query/filter/filter.h"

namespace vitrine::forward {

class SpanChoice {
 public:
  /// `project` empty: of every project; `filter` empty: every span.
  /// Errors: kInvalidInput (the filter is none, or asks what one span cannot say).
  static Result<SpanChoice> Create(std::string project, const std::string& filter);

  /// Appends the spans of a batch that are meant. What is only a part of a span (a log event that
  /// joined one) is no span yet, and left out.
  void Append(const model::SpanBatch& batch, std::vector<const model::Span*>& chosen) const;

 private:
  std::string project_;
  query::Filter filter_;
  bool has_filter_ = false;
};

}  // namespace vitrine::forward
