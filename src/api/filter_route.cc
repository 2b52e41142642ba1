// What the text of a filter means, what is wrong with it, and what could stand at one of its places.
#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "query/filter/completion.h"
#include "query/limits.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

using syntax::JsonWriter;

Result<query::FilterUnit> UnitOf(const Question& question) {
  const std::string unit = QueryText(question.request, "unit");
  if (unit.empty() || unit == "traces") return query::FilterUnit::kTraces;
  if (unit == "calls") return query::FilterUnit::kCalls;
  if (unit == "spans") return query::FilterUnit::kSpans;
  return Fail(ErrorCode::kInvalidInput, "unit: is traces, calls or spans");
}

void WriteTerms(JsonWriter& json, const std::vector<query::FilterChip>& chips) {
  const auto text = [](const std::string& value) {
    return value.empty() ? std::nullopt : std::optional(value);
  };
  json.BeginArray();
  for (const query::FilterChip& chip : chips) {
    json.BeginObject().Member("from", uint64_t{chip.from}).Member("to", uint64_t{chip.to});
    json.Member("text", chip.text).Member("field", text(chip.field));
    json.Member("operator", text(chip.op)).Member("value", text(chip.value));
    json.Member("negated", chip.is_negated).EndObject();
  }
  json.EndArray();
}

void WriteProblem(JsonWriter& json, const query::FilterProblem& problem) {
  json.BeginObject().Member("from", uint64_t{problem.from}).Member("to", uint64_t{problem.to});
  json.Member("message", problem.message);
  json.Member("suggestion", problem.suggestion.empty() ? std::nullopt
                                                       : std::optional(problem.suggestion));
  json.EndObject();
}

Result<net::HttpResponse> FilterOf(const Routes& routes, const Question& question) {
  const std::string filter = QueryText(question.request, "text");
  TRY_ASSIGN(const query::FilterUnit unit, UnitOf(question));
  std::vector<query::Completion> completions;
  if (const std::string at = QueryText(question.request, "at"); !at.empty()) {
    // 0 is a place too.
    const auto is_zero = at == "0";
    TRY_ASSIGN(const uint32_t place, QueryNumber(question.request, is_zero ? "" : "at", 0,
                                                 uint32_t{query::kFilterBytesMax}));
    TRY_ASSIGN(completions, query::CompleteFilter(
                                routes.engine(), {filter, place, unit, question.project}));
  }
  const auto read = query::ReadFilter(filter, unit);
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("canonical");
  read ? json.String(query::FilterText(*read)) : json.Null();
  WriteTerms(json.Key("terms"),
             read ? query::FilterChips(filter, *read) : std::vector<query::FilterChip>());
  json.Key("error");
  read ? json.Null() : (WriteProblem(json, read.error()), json);
  json.Key("completions").BeginArray();
  for (const query::Completion& completion : completions) {
    json.BeginObject().Member("text", completion.text).Member("label", completion.label);
    json.Member("detail", completion.detail).Member("kind", completion.kind);
    json.Member("from", uint64_t{completion.from}).Member("to", uint64_t{completion.to});
    json.EndObject();
  }
  json.EndArray().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(body));
}

}  // namespace

void AddFilterRoute(Routes& routes) {
  routes.Ask("GET", "/api/v1/filter", {"text", "unit", "at"},
             [&routes](const Question& question) { return FilterOf(routes, question); });
}

}  // namespace vitrine::api
