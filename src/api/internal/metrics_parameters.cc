#include "api/internal/metrics_parameters.h"

#include "api/internal/list_parameters.h"

namespace vitrine::api {

std::vector<std::string> TermParameters() {
  std::vector<std::string> names = CallParametersAnd({});
  std::erase(names, "filter");
  return names;
}

std::optional<net::HttpResponse> TakeFilter(const Question& question, std::string_view text,
                                            query::MetricsUnit unit, query::Filter& expression) {
  auto read = query::ReadFilter(text, query::FilterUnitOf(unit));
  if (!read) return FilterRefusal(question, read.error());
  expression = *std::move(read);
  return std::nullopt;
}

}  // namespace vitrine::api
