#include "api/internal/list_parameters.h"

#include <charconv>
#include <span>

#include "query/limits.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

/// A parameter that is a text to be equal to.
template <typename Filter>
struct TextParameter {
  const char* name;
  std::string Filter::* member;
};

constexpr TextParameter<query::TraceFilter> kTraceTexts[] = {
    {"status", &query::TraceFilter::status},   {"model", &query::TraceFilter::model},
    {"service", &query::TraceFilter::service}, {"user", &query::TraceFilter::user},
    {"session", &query::TraceFilter::session}, {"environment", &query::TraceFilter::environment},
    {"release", &query::TraceFilter::release}, {"feature", &query::TraceFilter::feature},
    {"kind", &query::TraceFilter::kind},
};
constexpr TextParameter<query::CallFilter> kCallTexts[] = {
    {"error_type", &query::CallFilter::error_type},
    {"provider", &query::CallFilter::provider},
    {"capture", &query::CallFilter::capture},
};

Result<void> FillTraceFilter(const Question& question, query::TraceFilter& filter) {
  filter.project = question.project;
  TRY_ASSIGN(filter.from, QueryTime(question.request, "from"));
  TRY_ASSIGN(filter.to, QueryTime(question.request, "to"));
  for (const auto& text : kTraceTexts) filter.*text.member = QueryText(question.request, text.name);
  filter.words = QueryText(question.request, "q");
  return {};
}

}  // namespace

std::string QueryText(const net::HttpRequest& request, std::string_view name) {
  return std::string(request.Query(name).value_or(""));
}

Result<uint32_t> QueryNumber(const net::HttpRequest& request, std::string_view name,
                             uint32_t otherwise, uint32_t max) {
  auto text = request.Query(name);
  if (!text || text->empty()) return otherwise;
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 1 || value > max) {
    return Fail(ErrorCode::kInvalidInput,
                std::string(name) + " is a whole number from 1 to " + std::to_string(max));
  }
  return value;
}

Result<std::optional<bool>> QueryBool(const net::HttpRequest& request, std::string_view name) {
  const std::string text = QueryText(request, name);
  if (text.empty()) return std::optional<bool>();
  if (text == "true" || text == "1") return std::optional(true);
  if (text == "false" || text == "0") return std::optional(false);
  return Fail(ErrorCode::kInvalidInput, std::string(name) + " is true or false");
}

Result<std::optional<Nanos>> QueryTime(const net::HttpRequest& request, std::string_view name) {
  std::string text = QueryText(request, name);
  if (text.empty()) return std::optional<Nanos>();
  auto time = ParseRfc3339(text);
  if (!time)
    return Fail(
        ErrorCode::kInvalidInput,
        std::string(name) + " is a time like 2026-11-21T01:31:07Z (in an address, + is %2B)");
  return time;
}

Result<uint32_t> LimitOf(const Question& question) {
  return QueryNumber(question.request, "limit", query::kPageSizeDefault, query::kPageSizeMax);
}

std::vector<std::string> TraceParametersAnd(std::initializer_list<const char*> more) {
  std::vector<std::string> names = {"filter", "from", "to", "q"};
  for (const auto& text : kTraceTexts) names.emplace_back(text.name);
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

Result<query::TraceFilter> TraceFilterOf(const Question& question) {
  query::TraceFilter filter;
  TRY(FillTraceFilter(question, filter));
  return filter;
}

std::vector<std::string> CallParametersAnd(std::initializer_list<const char*> more) {
  std::vector<std::string> names = {"filter", "stream"};
  for (const auto& text : kTraceTexts) names.emplace_back(text.name);
  for (const auto& text : kCallTexts) names.emplace_back(text.name);
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

Result<query::CallFilter> CallFilterOf(const Question& question) {
  query::CallFilter filter;
  TRY(FillTraceFilter(question, filter));
  for (const auto& text : kCallTexts) filter.*text.member = QueryText(question.request, text.name);
  TRY_ASSIGN(filter.stream, QueryBool(question.request, "stream"));
  return filter;
}

std::optional<net::HttpResponse> TakeExpression(const Question& question, query::FilterUnit unit,
                                                query::TraceFilter& filter) {
  auto read = query::ReadFilter(QueryText(question.request, "filter"), unit);
  if (!read) return FilterRefusal(question, read.error());
  filter.expression = *std::move(read);
  return std::nullopt;
}

net::HttpResponse FilterRefusal(const Question& question, const query::FilterProblem& problem) {
  const auto text = [](const std::string& value) {
    return value.empty() ? std::nullopt : std::optional(value);
  };
  std::string body;
  syntax::JsonWriter json(body);
  json.BeginObject().Key("error").BeginObject();
  json.Member("code", ErrorCodeName(ErrorCode::kInvalidInput));
  json.Member("message", "filter: " + problem.message);
  json.Member("hint", problem.suggestion.empty()
                          ? std::nullopt
                          : std::optional("did you mean " + problem.suggestion + "?"));
  json.Member("request_id", question.request.request_id);
  json.Member("from", uint64_t{problem.from}).Member("to", uint64_t{problem.to});
  json.Member("suggestion", text(problem.suggestion)).EndObject().EndObject();
  net::HttpResponse response = JsonAnswer(std::move(body));
  response.status = 400;
  return response;
}

net::HttpResponse ListAnswer(const Question& question, std::string_view name,
                             const query::ListPage& page) {
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject().Key(name).BeginArray();
  for (const std::string& row : page.rows) json.Raw(row);
  json.EndArray().Key("next_cursor");
  page.next_cursor.empty() ? json.Null() : json.String(page.next_cursor);
  json.Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

}  // namespace vitrine::api
