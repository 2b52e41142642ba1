// The live tail: accepted spans as server-sent events.
#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "api/limits.h"
#include "query/filter/span_match.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

void AppendEvents(std::string& out, const model::TailTurn& turn, uint64_t dropped_told) {
  if (turn.dropped > dropped_told)
    out += "event: dropped\ndata: {\"dropped\":" + std::to_string(turn.dropped) + "}\n\n";
  for (const model::TailEvent& event : turn.events) {
    // JSON of ours has no line feeds.
    ((out += "event: span\nid: ") += std::to_string(event.id)) += "\ndata: ";
    (out += *event.json) += "\n\n";
  }
}

/// Writes until the client leaves, or the server stops.
void Follow(net::HttpStream& stream, const TailFeed& feed) {
  std::string text = ": open\n\n";
  uint64_t dropped_told = 0;
  while (stream.Write(text)) {
    const model::TailTurn turn = feed.next(kTailPing);
    if (turn.is_over && turn.events.empty()) {
      stream.End();
      return;
    }
    text.clear();
    AppendEvents(text, turn, dropped_told);
    dropped_told = turn.dropped;
    if (text.empty()) text = ": ping\n\n";
  }
}

/// What refuses the question where its expression cannot be known of one span.
std::optional<net::HttpResponse> TakeTailExpression(const Question& question,
                                                    query::TraceFilter& filter) {
  if (auto refusal = TakeExpression(question, query::FilterUnit::kSpans, filter)) return refusal;
  const auto checked = query::CheckSpanMatch(filter.expression);
  if (!checked) return FilterRefusal(question, checked.error());
  return std::nullopt;
}

Result<TailFeed> OpenFeed(const Routes& routes, const Question& question,
                          query::Filter expression) {
  TRY_ASSIGN(query::CallFilter filter, CallFilterOf(question));
  filter.expression = std::move(expression);
  TRY_ASSIGN(const auto all, QueryBool(question.request, "all"));
  const bool every_kind = all.value_or(false);
  TRY(query::CheckCallFilter(
      filter, every_kind ? query::KindRule::kAnyKind : query::KindRule::kModelCalls));
  return routes.services().open_tail(
      {question.project,
       [filter = std::move(filter), every_kind](const model::Span& span, model::Capture capture) {
         return !span.is_fragment && (every_kind || model::IsModelCall(span.kind)) &&
                query::Matches(filter, span, capture);
       }});
}

void Tail(Routes& routes, const Question& question, net::HttpResponder responder) {
  query::TraceFilter expression;
  if (auto refusal = TakeTailExpression(question, expression))
    return responder.Send(*std::move(refusal));
  auto feed = OpenFeed(routes, question, std::move(expression.expression));
  if (!feed) {
    const bool full = feed.error().code == ErrorCode::kUnavailable;
    return responder.Send(ErrorAnswer(feed.error(), question.request.request_id,
                                      full ? "close another live tail, or come back later" : ""));
  }
  const net::HttpHeaders headers = {{"content-type", "text/event-stream"},
                                    {"cache-control", "no-store"},
                                    {"x-accel-buffering", "no"},
                                    {"x-content-type-options", "nosniff"}};
  if (question.request.method == "HEAD") {
    feed->close();
    net::HttpResponse response;
    response.headers = headers;
    return responder.Send(std::move(response));
  }
  net::HttpStream stream = responder.Begin(200, headers);
  stream.OnDisconnect(feed->close);
  // There are as many threads as feeds; a refusal means that the server stops.
  const bool taken = routes.tails().TrySubmit([stream = std::move(stream), feed = *feed]() mutable {
    Follow(stream, feed);
    feed.close();
  });
  if (!taken) feed->close();
}

}  // namespace

void AddTailRoute(Routes& routes) {
  routes.Follow("/api/v1/tail", CallParametersAnd({"all"}),
                [&routes](const Question& question, net::HttpResponder responder) {
                  Tail(routes, question, std::move(responder));
                });
}

}  // namespace vitrine::api
