#include "engine/internal/serve_request.h"

#include <algorithm>
#include <chrono>

#include "engine/internal/answer.h"
#include "engine/internal/statement.h"
#include "engine/limits.h"

namespace vitrine::engine {
namespace {

/// Enough to hold the head of any INSERT before its rows.
constexpr size_t kInsertHeadWindowBytes = 256 * 1024;
/// How long a refused client may go on sending, so that it reads the answer before the reset.
constexpr std::chrono::milliseconds kDrainTime{1'000};

std::string Words(const Refusal& refusal) {
  return ErrorText(refusal.code, refusal.message, refusal.name);
}

/// The statement, and the rows that came with it.
struct Statement {
  std::string text;
  SqlShape shape;
};

std::expected<void, Refusal> ReadMore(RequestBody& body, size_t bytes_max, std::string& text,
                                      bool& ended) {
  while (!ended && text.size() < bytes_max) {
    const Result<std::string_view> piece = body.Next();
    if (!piece)
      return std::unexpected(
          Refusal{27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", piece.error().message});
    ended = piece->empty();
    text += *piece;
  }
  return {};
}

/// Puts the statement together from the URL and the body. For an INSERT with rows the rest of the
/// rows stays in `body`.
std::expected<Statement, Refusal> ReadStatement(const QueryRequest& request, RequestBody& body) {
  Statement statement{request.query, ShapeOf(request.query)};
  const bool format_known = statement.shape.has_format || !request.header_format.empty();
  if (statement.shape.is_insert_data && format_known) {
    if (statement.shape.data_begin < statement.text.size()) statement.text += '\n';
    return statement;
  }
  if (!statement.text.empty()) statement.text += '\n';
  bool ended = false;
  if (auto read = ReadMore(body, kInsertHeadWindowBytes, statement.text, ended); !read)
    return std::unexpected(read.error());
  statement.shape = ShapeOf(statement.text);
  if (statement.shape.is_insert_data && statement.shape.has_format) return statement;
  if (!ended) {
    if (auto read = ReadMore(body, kStatementBytesMax, statement.text, ended); !read)
      return std::unexpected(read.error());
    if (!ended)
      return std::unexpected(Refusal{62, "SYNTAX_ERROR", "Max query size exceeded (4 MiB)"});
    statement.shape = ShapeOf(statement.text);
  }
  return statement;
}

void RunOn(Lease& lease, Host& host, Statement& statement, const QueryRequest& request,
           RequestBody& body, HttpSocket& socket, Answer& answer) {
  std::string error = lease->UseDatabase(request.database);
  if (error.empty()) error = lease->Apply(request.settings);
  if (!error.empty()) return answer.FailWith(error);
  if (statement.shape.is_insert_data)
    return RunInsert(lease, statement.text, statement.shape, request, body, answer);
  if (statement.shape.first_word == "KILL") {
    statement.text = RewriteKill(statement.text, host.QueryIdExpression());
    statement.shape = ShapeOf(statement.text);
  }
  RunStatement(lease, statement.text, statement.shape, request, socket, answer);
}

/// True when a value for an {x:Identifier} placeholder would be a name that is refused in the text.
bool HasForbiddenParam(const SqlShape& shape, const QueryRequest& request) {
  if (!shape.has_identifier_params) return false;
  return std::ranges::any_of(request.params, [](const auto& param) {
    return IsForbiddenName(param.second) ||
           param.second.find_first_of("\\`\"") != std::string::npos;
  });
}

void ServeQuery(Host& host, Sessions& sessions, HttpSocket& socket, const HttpHead& head,
                Answer& answer) {
  const auto request = ReadQueryRequest(head);
  if (!request) return answer.FailWith(Words(request.error()));
  answer.set_query(*request);
  answer.set_version(host.version());
  Result<RequestBody> body = RequestBody::Open(socket, head);
  if (!body) return answer.FailWith(ErrorText(48, body.error().message, "NOT_IMPLEMENTED"));
  auto statement = ReadStatement(*request, *body);
  if (!statement) return answer.FailWith(Words(statement.error()));
  if (statement->shape.empty) return answer.FailWith(ErrorText(62, "Empty query", "SYNTAX_ERROR"));
  if (!statement->shape.refusal.empty())
    return answer.FailWith(ErrorText(497, statement->shape.refusal, "ACCESS_DENIED"));
  if (HasForbiddenParam(statement->shape, *request))
    return answer.FailWith(ErrorText(497, "a parameter has a refused name", "ACCESS_DENIED"));

  std::unique_ptr<Connection> kept;
  const bool in_session = !request->session_id.empty();
  if (in_session) {
    auto taken = sessions.Take(*request);
    if (!taken) return answer.FailWith(Words(taken.error()));
    kept = std::move(*taken);
  }
  Result<Lease> lease = host.Acquire(request->query_id, request->settings, std::move(kept));
  if (!lease) {
    if (in_session) sessions.Return(*request, nullptr);
    const bool full = lease.error().code == ErrorCode::kLimitExceeded;
    return answer.FailWith(
        full ? ErrorText(202, lease.error().message, "TOO_MANY_SIMULTANEOUS_QUERIES")
             : ErrorText(439, lease.error().message, "CANNOT_SCHEDULE_TASK"),
        503);
  }
  RunOn(*lease, host, *statement, *request, *body, socket, answer);
  if (in_session) sessions.Return(*request, lease->Keep());
}

/// A page in a browser must not reach the loopback port: it would carry these signs.
bool FromABrowser(const HttpHead& head) {
  std::string_view host = head.header("host");
  if (const size_t colon = host.rfind(':'); colon != host.npos && host.back() != ']')
    host = host.substr(0, colon);
  const bool local = host == "127.0.0.1" || host == "localhost" || host == "[::1]";
  return !local || !head.header("origin").empty() || !head.header("sec-fetch-site").empty();
}

/// Reads what the client still sends, for a moment.
void Drain(HttpSocket& socket) {
  const auto deadline = std::chrono::steady_clock::now() + kDrainTime;
  while (!socket.body_done() && std::chrono::steady_clock::now() < deadline)
    if (!socket.ReadBody()) return;
}

}  // namespace

bool ServeRequest(Host& host, Sessions& sessions, HttpSocket& socket, const HttpHead& head,
                  bool tcp) {
  Answer answer(socket, head);
  const bool known = head.method == "GET" || head.method == "HEAD" || head.method == "POST";
  const bool asks = head.has_parameter("query") || head.method == "POST";
  if (tcp && FromABrowser(head)) {
    answer.FailWith("requests from web pages are refused", 403);
  } else if (!known) {
    answer.FailWith("the methods are GET, HEAD and POST", 405);
  } else if (head.path == "/ping" || head.path == "/replicas_status" ||
             (head.path == "/" && !asks)) {
    (void)answer.Write("Ok.\n").has_value();
    answer.Finish({});
  } else if (head.path == "/") {
    ServeQuery(host, sessions, socket, head, answer);
    if (!answer.started()) return false;  // The client left.
  } else {
    answer.FailWith("There is no handle " + head.path, 404);
  }
  if (!socket.body_done()) {
    Drain(socket);
    return false;
  }
  return answer.keep_alive();
}

void RefuseHead(HttpSocket& socket, const Error& error) {
  const int status = error.code == ErrorCode::kLimitExceeded ? 413
                     : error.code == ErrorCode::kUnsupported ? 501
                                                             : 400;
  HttpHead head;
  head.keep_alive = false;
  Answer answer(socket, head);
  answer.FailWith(error.message, status);
}

}  // namespace vitrine::engine
