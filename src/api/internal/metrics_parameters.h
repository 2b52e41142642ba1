// What the questions about metrics have in common: filters in bodies, terms beside them.
// Private to api. Threads: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/internal/routes.h"
#include "query/metrics/metrics_request.h"

namespace vitrine::api {

/// The terms that may stand beside a body: those of calls, without a filter's text, which is the
/// body's.
std::vector<std::string> TermParameters();

/// Reads a filter's text; answers what refuses the question where it is none.
std::optional<net::HttpResponse> TakeFilter(const Question& question, std::string_view text,
                                            query::MetricsUnit unit, query::Filter& expression);

}  // namespace vitrine::api
