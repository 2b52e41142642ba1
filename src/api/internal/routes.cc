#include "api/internal/routes.h"

#include <algorithm>
#include <utility>

#include "net/http_error.h"
#include "net/page_origin.h"
#include "platform/clock.h"

namespace vitrine::api {
namespace {

Result<void> CheckParameters(const net::HttpRequest& request,
                             const std::vector<std::string>& known) {
  for (const auto& [name, value] : request.query) {
    if (!known.empty() && known.front() == kAnyParameter) break;
    if (name != "project" && std::ranges::find(known, name) == known.end()) {
      std::string list = "project";
      for (const std::string& one : known) list += ", " + one;
      return Fail(ErrorCode::kInvalidInput,
                  "there is no parameter '" + name + "' here; there are: " + list);
    }
    if (request.QueryAll(name).size() > 1)
      return Fail(ErrorCode::kInvalidInput, "the parameter '" + name + "' is given twice");
  }
  return {};
}

std::string_view HintFor(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUnavailable:
      return "the engine is starting or busy; spans are being kept meanwhile, ask again";
    case ErrorCode::kLimitExceeded:
      return "ask for less: a shorter time, a filter, fewer columns, a LIMIT";
    case ErrorCode::kInternal: return "ask again; if it stays, look into the log of the server";
    default: return {};
  }
}

}  // namespace

double Question::elapsed_ms() const {
  const std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(static_cast<int64_t>(passed.count() * 1000)) / 1000;
}

Result<SpanAddress> SpanAddressOf(const Question& question) {
  const auto trace = TraceId::FromHex(question.request.PathParam("trace_id"));
  const auto span = SpanId::FromHex(question.request.PathParam("span_id"));
  if (!trace) return Fail(ErrorCode::kInvalidInput, "a trace id has 32 hexadecimal digits");
  if (!span) return Fail(ErrorCode::kInvalidInput, "a span id has 16 hexadecimal digits");
  return SpanAddress{*trace, *span};
}

net::HttpResponse ErrorAnswer(const Error& error, const std::string& request_id,
                              std::string_view hint) {
  if (hint.empty()) hint = HintFor(error);
  net::HttpResponse response = net::HttpErrorResponse(error, request_id, hint);
  response.headers.Set("cache-control", "no-store");
  response.headers.Set("x-content-type-options", "nosniff");
  return response;
}

net::HttpResponse JsonAnswer(std::string body) {
  net::HttpResponse response = net::HttpResponse::Json(200, std::move(body));
  response.headers.Set("cache-control", "no-store");
  response.headers.Set("x-content-type-options", "nosniff");
  return response;
}

std::optional<Question> Routes::Open(net::HttpRequest& request, net::HttpResponder& responder,
                                     const std::vector<std::string>& parameters) const {
  const auto begin = std::chrono::steady_clock::now();
  const auto refuse = [&](const Error& error) {
    responder.Send(ErrorAnswer(error, request.request_id));
    return std::nullopt;
  };
  if (const auto checked = services_.keys->CheckHost(request); !checked)
    return refuse(checked.error());
  if (net::IsOfForeignPage(request)) {
    responder.Send(net::HttpErrorResponse(
        403, "foreign_page", "a page of another origin may not ask this", request.request_id,
        "ask from a program, or from a page that this server or this machine serves"));
    return std::nullopt;
  }
  if (const auto checked = CheckParameters(request, parameters); !checked)
    return refuse(checked.error());
  auto project = services_.keys->Project(request);
  if (!project) return refuse(project.error());
  return Question{std::move(request), std::move(*project), begin, services_.clock->Now()};
}

void Routes::Ask(std::string_view method, std::string_view pattern,
                 std::vector<std::string> parameters, Answer answer) {
  inner_[std::string(method) + " " + std::string(pattern)] = {parameters, answer};
  router_.Add(
      method, pattern,
      net::RunOn(questions_, [this, parameters = std::move(parameters), answer = std::move(answer)](
                                 net::HttpRequest request, net::HttpResponder responder) {
        const auto question = Open(request, responder, parameters);
        if (!question) return;
        auto made = answer(*question);
        responder.Send(made ? std::move(*made)
                            : ErrorAnswer(made.error(), question->request.request_id));
      }));
}

void Routes::AskStreamed(std::string_view pattern, Streamed answer) {
  router_.Add("GET", pattern,
              net::RunOn(questions_, [this, answer = std::move(answer)](
                                         net::HttpRequest request, net::HttpResponder responder) {
                auto question = Open(request, responder, {});
                if (question) answer(std::move(*question), std::move(responder));
              }));
}

void Routes::Export(std::string_view pattern, std::vector<std::string> parameters,
                    Streamed answer) {
  router_.Add(
      "GET", pattern,
      net::RunOn(exports_, [this, parameters = std::move(parameters), answer = std::move(answer)](
                               net::HttpRequest request, net::HttpResponder responder) {
        auto question = Open(request, responder, parameters);
        if (question) answer(std::move(*question), std::move(responder));
      }));
}

void Routes::AskCancellable(net::WorkerPool& pool, std::string_view pattern, Cancellable answer) {
  router_.Add("POST", pattern,
              net::RunOn(pool, [this, answer = std::move(answer)](net::HttpRequest request,
                                                                  net::HttpResponder responder) {
                const auto question = Open(request, responder, {});
                if (!question) return;
                auto cancel = std::make_shared<clickhouse::CancelToken>();
                responder.OnDisconnect([cancel] { cancel->Cancel(); });
                auto made = answer(*question, cancel);
                responder.Send(made ? std::move(*made)
                                    : ErrorAnswer(made.error(), question->request.request_id));
              }));
}

void Routes::AskSql(std::string_view pattern, Cancellable answer) {
  AskCancellable(sql_, pattern, std::move(answer));
}

void Routes::AskAgents(std::string_view pattern, Cancellable answer) {
  AskCancellable(agents_, pattern, std::move(answer));
}

Result<net::HttpResponse> Routes::AskWithin(const Question& outer, InnerQuestion inner) const {
  const auto route = inner_.find(inner.route);
  if (route == inner_.end()) return Fail(ErrorCode::kNotFound, "this server has no " + inner.route);
  Question question{outer.request, outer.project, std::chrono::steady_clock::now(), outer.now};
  net::HttpRequest& request = question.request;
  const size_t blank = inner.route.find(' ');
  request.method = inner.route.substr(0, blank);
  request.path = request.target = inner.route.substr(blank + 1);
  request.query = std::move(inner.query);
  request.path_params = std::move(inner.path_params);
  request.body = std::make_shared<const std::string>(std::move(inner.body));
  TRY(CheckParameters(request, route->second.parameters));
  return route->second.answer(question);
}

void Routes::Follow(std::string_view pattern, std::vector<std::string> parameters, Followed begin) {
  router_.Add("GET", pattern,
              [this, parameters = std::move(parameters), begin = std::move(begin)](
                  net::HttpRequest request, net::HttpResponder responder) {
                const auto question = Open(request, responder, parameters);
                if (question) begin(*question, std::move(responder));
              });
}

void Routes::Tell(std::string_view pattern,
                  std::function<net::HttpResponse(const net::HttpRequest&)> answer) {
  router_.Add("GET", pattern,
              [answer = std::move(answer)](net::HttpRequest request, net::HttpResponder responder) {
                responder.Send(answer(request));
              });
}

}  // namespace vitrine::api
