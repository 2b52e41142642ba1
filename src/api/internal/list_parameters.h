// What the parameters of lists, histograms and facets say, and how a page of a list is answered.
// Private to api. Threads: free functions.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/internal/routes.h"
#include "query/call_filter.h"
#include "query/list_page.h"
#include "query/trace_filter.h"

namespace vitrine::api {

/// The parameter, or empty.
std::string QueryText(const net::HttpRequest& request, std::string_view name);
/// A whole number from 1 to `max`. Errors: kInvalidInput.
Result<uint32_t> QueryNumber(const net::HttpRequest& request, std::string_view name,
                             uint32_t otherwise, uint32_t max);
/// True or false, if said. Errors: kInvalidInput.
Result<std::optional<bool>> QueryBool(const net::HttpRequest& request, std::string_view name);
/// A time, if said. Errors: kInvalidInput.
Result<std::optional<Nanos>> QueryTime(const net::HttpRequest& request, std::string_view name);
/// How many rows of a list. Errors: kInvalidInput.
Result<uint32_t> LimitOf(const Question& question);

/// The names of a trace filter's parameters, and `more`.
std::vector<std::string> TraceParametersAnd(std::initializer_list<const char*> more);
/// Errors: kInvalidInput.
Result<query::TraceFilter> TraceFilterOf(const Question& question);

/// What calls can be asked for but by time and words, and `more`.
std::vector<std::string> CallParametersAnd(std::initializer_list<const char*> more);
/// Errors: kInvalidInput.
Result<query::CallFilter> CallFilterOf(const Question& question);

/// Reads the parameter `filter` into the filter's expression. Answers what refuses the question
/// where it is wrong.
std::optional<net::HttpResponse> TakeExpression(const Question& question, query::FilterUnit unit,
                                                query::TraceFilter& filter);
/// 400 with {"error":{"code","message","hint","request_id","from","to","suggestion"}}.
net::HttpResponse FilterRefusal(const Question& question, const query::FilterProblem& problem);

/// {"<name>":[…],"next_cursor","elapsed_ms"}.
net::HttpResponse ListAnswer(const Question& question, std::string_view name,
                             const query::ListPage& page);

}  // namespace vitrine::api
