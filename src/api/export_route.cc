// GET /api/v1/export: every row that a filter matches, as a file. A failure in between cuts the
// answer short, which every client sees as such; how many rows it has is told behind it.
#include <optional>

#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "query/export.h"
#include "syntax/records/record_counter.h"

namespace vitrine::api {
namespace {

struct FormatFacts {
  std::string_view name, media_type, ending;
  query::ExportFormat format;
  syntax::RecordFormat records;
};

constexpr FormatFacts kFormats[] = {
    {"jsonl", "application/x-ndjson", "jsonl", query::ExportFormat::kJsonLines,
     syntax::RecordFormat::kJsonLines},
    {"csv", "text/csv; charset=utf-8", "csv", query::ExportFormat::kCsv,
     syntax::RecordFormat::kCsv},
    {"parquet", "application/vnd.apache.parquet", "parquet", query::ExportFormat::kParquet,
     syntax::RecordFormat::kParquet},
};

struct UnitFacts {
  std::string_view name;
  query::FilterUnit unit;
  bool is_sessions = false;
};

constexpr UnitFacts kUnits[] = {{"traces", query::FilterUnit::kTraces},
                                {"calls", query::FilterUnit::kCalls},
                                {"spans", query::FilterUnit::kSpans},
                                {"sessions", query::FilterUnit::kTraces, true}};

/// The row of a table that a parameter names; the first where it is not given.
template <typename Facts, size_t kCount>
Result<const Facts*> Choice(const Question& question, std::string_view parameter,
                            const Facts (&table)[kCount]) {
  const std::string text = QueryText(question.request, parameter);
  if (text.empty()) return &table[0];
  std::string list;
  for (const Facts& one : table) {
    if (one.name == text) return &one;
    (list += list.empty() ? "" : ", ") += one.name;
  }
  return Fail(ErrorCode::kInvalidInput, std::string(parameter) + " is one of " + list);
}

struct Plan {
  query::ExportRequest request;
  const UnitFacts* unit = nullptr;
  const FormatFacts* format = nullptr;
};

Result<Plan> PlanOf(const Question& question) {
  Plan plan;
  TRY_ASSIGN(plan.unit, Choice(question, "unit", kUnits));
  TRY_ASSIGN(plan.format, Choice(question, "format", kFormats));
  plan.request.project = question.project;
  plan.request.unit = plan.unit->unit;
  plan.request.is_sessions = plan.unit->is_sessions;
  plan.request.format = plan.format->format;
  TRY_ASSIGN(plan.request.from, QueryTime(question.request, "from"));
  TRY_ASSIGN(plan.request.to, QueryTime(question.request, "to"));
  return plan;
}

void Export(const Routes& routes, const Question& question, net::HttpResponder responder) {
  auto plan = PlanOf(question);
  if (!plan) return responder.Send(ErrorAnswer(plan.error(), question.request.request_id));
  auto filter = query::ReadFilter(QueryText(question.request, "filter"), plan->request.unit);
  if (!filter) return responder.Send(FilterRefusal(question, filter.error()));
  plan->request.filter = *std::move(filter);
  const std::string file = std::string(plan->unit->name) + "." + std::string(plan->format->ending);
  const net::HttpHeaders headers = {
      {"content-type", std::string(plan->format->media_type)},
      {"content-disposition", "attachment; filename=\"" + file + "\""},
      {"cache-control", "no-store"},
      {"trailer", "x-vitrine-row-count"},
      {"x-content-type-options", "nosniff"}};
  if (question.request.method == "HEAD") {
    net::HttpResponse response;
    response.headers = headers;
    return responder.Send(std::move(response));
  }
  plan->request.cancel = std::make_shared<clickhouse::CancelToken>();
  responder.OnDisconnect([cancel = plan->request.cancel] { cancel->Cancel(); });
  std::optional<net::HttpStream> stream;
  syntax::RecordCounter counter(plan->format->records);
  // The head goes out with the first rows, so that a failure before them has its own status.
  const auto begin = [&] {
    if (stream) return;
    stream.emplace(responder.Begin(200, headers));
    stream->OnDisconnect([cancel = plan->request.cancel] { cancel->Cancel(); });
  };
  const auto done =
      query::StreamExport(routes.engine(), plan->request, [&](std::string_view bytes) {
        begin();
        counter.Feed(bytes);
        return stream->Write(bytes).has_value();
      });
  if (!done && !stream)
    return responder.Send(ErrorAnswer(done.error(), question.request.request_id));
  begin();
  const auto rows = counter.Total();
  if (!done || !rows || stream->disconnected()) return;
  stream->End({{"x-vitrine-row-count", std::to_string(*rows)}});
}

}  // namespace

void AddExportRoute(Routes& routes) {
  routes.Export("/api/v1/export", {"unit", "filter", "from", "to", "format"},
                [&routes](const Question& question, net::HttpResponder responder) {
                  Export(routes, question, std::move(responder));
                });
}

}  // namespace vitrine::api
