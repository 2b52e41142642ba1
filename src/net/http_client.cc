#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include "net/internal/body_reader.h"
#include "net/internal/client_socket.h"
#include "net/internal/head_gate.h"

namespace vitrine::net {
namespace {

using internal::BodyReader;
using internal::BodyState;
using internal::ClientSocket;
using internal::Patience;

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

bool IsIdempotent(std::string_view method) {
  constexpr std::array<std::string_view, 5> kIdempotent = {"GET", "HEAD", "PUT", "DELETE",
                                                           "OPTIONS"};
  return std::find(kIdempotent.begin(), kIdempotent.end(), method) != kIdempotent.end();
}

/// What the client writes itself; a caller's own would frame the request twice.
bool IsClientOwned(std::string_view name) {
  return EqualsIgnoringCase(name, "content-length") ||
         EqualsIgnoringCase(name, "transfer-encoding") || EqualsIgnoringCase(name, "connection") ||
         EqualsIgnoringCase(name, "expect");
}

std::string HostOf(const HttpEndpoint& endpoint) {
  if (!endpoint.unix_path.empty()) return "localhost";
  const bool is_v6 = endpoint.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

/// True when every field is one field: no line ends that would begin another.
bool AreSendable(const HttpHeaders& headers) {
  return std::all_of(headers.begin(), headers.end(), [](const HttpHeader& field) {
    return internal::IsToken(field.name) && internal::IsFieldValue(field.value);
  });
}

/// Writes the request's head. Errors: kInvalidInput where it would not be one request any more.
Result<std::string> SerializeRequestHead(const HttpClientOptions& options,
                                         const HttpClientRequest& request) {
  if (!AreSendable(request.headers) || !AreSendable(options.headers)) {
    return Fail(ErrorCode::kInvalidInput, "a request header has invalid characters");
  }
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
  const auto append = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  if (!request.headers.Has("host") && !options.headers.Has("host")) {
    append("host", HostOf(options.endpoint));
  }
  for (const HttpHeader& field : options.headers) {
    if (!IsClientOwned(field.name) && !request.headers.Has(field.name)) {
      append(field.name, field.value);
    }
  }
  for (const HttpHeader& field : request.headers) {
    if (!IsClientOwned(field.name)) append(field.name, field.value);
  }
  const bool expects_body = request.method != "GET" && request.method != "HEAD";
  if (request.body_source) {
    append("transfer-encoding", "chunked");
  } else if (!request.body.empty() || expects_body) {
    append("content-length", std::to_string(request.body.size()));
  }
  head.append("\r\n");
  // Our own gate is the judge, and must read the very method and target that were meant.
  const auto checked = internal::ParseRequestHead(head, {});
  if (!checked) {
    return Fail(ErrorCode::kInvalidInput, "the request cannot be sent: " + checked.error().reason);
  }
  if (checked->method != request.method || checked->target != request.target) {
    return Fail(ErrorCode::kInvalidInput, "the request's method or target cannot be sent");
  }
  return head;
}

struct Outcome {
  HttpResponse response;
  bool reusable = false;
};

/// One request and its response on one connection.
class ClientExchange {
 public:
  ClientExchange(const HttpClientOptions& options, const HttpClientRequest& request,
                 ClientSocket& socket, const Patience& patience)
      : options_(options), request_(request), socket_(socket), patience_(patience) {}

  Result<Outcome> Run(std::string_view head) {
    const Result<void> sent = SendRequest(head);
    if (!sent) {
      if (source_failed_ || sent.error().code != ErrorCode::kUnavailable) {
        return std::unexpected(sent.error());
      }
      // A server that refuses a body answers and closes before all of it was sent: the answer
      // tells more than the broken pipe.
      auto outcome = ReadResponse();
      if (!outcome) return std::unexpected(any_byte_received_ ? outcome.error() : sent.error());
      outcome->reusable = false;
      return outcome;
    }
    return ReadResponse();
  }

  bool any_byte_received() const { return any_byte_received_; }

 private:
  Result<void> SendRequest(std::string_view head) {
    if (!request_.body_source) return socket_.WriteAll(head, request_.body, patience_);
    TRY(socket_.WriteAll(head, {}, patience_));
    for (;;) {
      const Result<std::string_view> next = request_.body_source();
      if (!next) {
        source_failed_ = true;
        return std::unexpected(next.error());
      }
      const std::string_view piece = *next;
      if (piece.empty()) return socket_.WriteAll("0\r\n\r\n", {}, patience_);
      std::array<char, 20> text;
      char* end = std::to_chars(text.data(), text.data() + text.size(), piece.size(), 16).ptr;
      *end++ = '\r';
      *end++ = '\n';
      TRY(socket_.WriteAll({text.data(), end}, piece, patience_));
      TRY(socket_.WriteAll("\r\n", {}, patience_));
    }
  }

  /// Reads more into input_; false at the end.
  Result<bool> ReadMore() {
    TRY_ASSIGN(const size_t got, socket_.Read(buffer_, patience_));
    input_.append(buffer_.data(), got);
    any_byte_received_ = any_byte_received_ || got > 0;
    return got > 0;
  }

  /// Reads heads until one that is not interim; leaves it at the front of input_.
  Result<size_t> ReadHead(internal::ResponseHead& head) {
    for (size_t interim_count = 0; interim_count <= kInterimResponsesMax; ++interim_count) {
      size_t scanned = 0;
      std::optional<size_t> end;
      for (;;) {
        const auto found = internal::FindHeadEnd(input_, scanned, {});
        if (!found) return Corrupt(found.error().reason);
        end = *found;
        if (end) break;
        TRY_ASSIGN(const bool more, ReadMore());
        if (!more) {
          return Fail(ErrorCode::kUnavailable, "the server closed the connection unanswered");
        }
      }
      auto parsed = internal::ParseResponseHead(std::string_view(input_).substr(0, *end), {});
      if (!parsed) return Corrupt(parsed.error().reason);
      if (parsed->status == 101) return Corrupt("an upgrade nobody asked for");
      if (parsed->status >= 200) {
        head = std::move(*parsed);
        return *end;
      }
      input_.erase(0, *end);
    }
    return Corrupt("too many interim responses");
  }

  Result<Outcome> ReadResponse() {
    internal::ResponseHead head;
    TRY_ASSIGN(const size_t head_size, ReadHead(head));
    Outcome outcome;
    outcome.response.status = head.status;
    outcome.response.headers = std::move(head.headers);
    if (request_.on_head) TRY(request_.on_head(head.status, outcome.response.headers));
    TRY(ReadBody(head, head_size, outcome));
    return outcome;
  }

  Result<void> ReadBody(const internal::ResponseHead& head, size_t head_size, Outcome& outcome) {
    const bool no_body = request_.method == "HEAD" || head.status == 204 || head.status == 304;
    std::string& body = outcome.response.body;
    if (head.framing.content_length && !no_body && !request_.on_body) {
      body.reserve(std::min<uint64_t>(*head.framing.content_length, kBodyReserveBytes));
    }
    Result<void> sink_result;
    BodyReader reader(
        no_body ? BodyReader::Kind::kResponseWithoutBody : BodyReader::Kind::kResponse,
        std::nullopt, [&](std::string_view piece) {
          sink_result = TakePiece(piece, body);
          return sink_result.has_value();
        });
    const BodyReader::Fed head_fed = reader.Feed(std::string_view(input_).substr(0, head_size));
    if (head_fed.consumed != head_size || head_fed.state > BodyState::kDone ||
        (!no_body && reader.chunked() != head.framing.chunked)) {
      return Corrupt("its head is malformed");
    }
    input_.erase(0, head_size);
    BodyState state = head_fed.state;
    while (state == BodyState::kNeedMore) {
      if (!input_.empty()) {
        const BodyReader::Fed fed = reader.Feed(input_);
        input_.erase(0, fed.consumed);
        state = fed.state;
        if (state != BodyState::kNeedMore) break;
      }
      TRY_ASSIGN(const bool more, ReadMore());
      if (!more) state = reader.FeedEnd();
      if (!more && state != BodyState::kDone) {
        return Fail(ErrorCode::kUnavailable, "the connection ended within the response");
      }
      if (!more) return {};  // Framed by the end of the connection: nothing to reuse.
    }
    if (state == BodyState::kRefused) return sink_result;
    if (state != BodyState::kDone) return Corrupt("its body is framed wrongly");
    outcome.response.trailers = reader.trailers();
    outcome.reusable = head.keep_alive && input_.empty();
    return {};
  }

  Result<void> TakePiece(std::string_view piece, std::string& body) {
    if (request_.on_body) return request_.on_body(piece);
    if (body.size() + piece.size() > options_.response_bytes_max) {
      return Fail(
          ErrorCode::kLimitExceeded,
          "the response has more than " + std::to_string(options_.response_bytes_max) + " bytes");
    }
    body.append(piece);
    return {};
  }

  static std::unexpected<Error> Corrupt(const std::string& reason) {
    return Fail(ErrorCode::kCorrupt, "the server's response is not HTTP: " + reason);
  }

  const HttpClientOptions& options_;
  const HttpClientRequest& request_;
  ClientSocket& socket_;
  const Patience& patience_;
  std::string input_;
  std::array<char, 64 * 1024> buffer_;
  bool any_byte_received_ = false;
  bool source_failed_ = false;
};

}  // namespace

struct HttpClient::Pool {
  std::mutex mutex;
  std::vector<ClientSocket> idle;

  /// The connection used last, which is the one the server will close last.
  std::optional<ClientSocket> Take() {
    const std::scoped_lock lock(mutex);
    while (!idle.empty()) {
      ClientSocket socket = std::move(idle.back());
      idle.pop_back();
      if (socket.IsQuiet()) return socket;
    }
    return std::nullopt;
  }
  void Give(ClientSocket socket, size_t kept_max) {
    const std::scoped_lock lock(mutex);
    if (idle.size() < kept_max) idle.push_back(std::move(socket));
  }
};

Result<HttpEndpoint> ParseHttpEndpoint(std::string_view url) {
  HttpEndpoint endpoint;
  if (url.starts_with("unix:")) {
    url.remove_prefix(5);
    if (url.starts_with("//")) url.remove_prefix(2);
    if (url.empty()) return Fail(ErrorCode::kInvalidInput, "unix: needs the path of a socket");
    endpoint.unix_path = url;
    return endpoint;
  }
  if (url.starts_with("https://")) {
    return Fail(ErrorCode::kUnsupported, "https is not spoken yet; use http://");
  }
  const std::string whole(url);
  if (url.starts_with("http://")) url.remove_prefix(7);
  const size_t slash = std::min(url.find('/'), url.size());
  endpoint.path_prefix = url.substr(slash);
  while (endpoint.path_prefix.ends_with('/')) endpoint.path_prefix.pop_back();
  std::string_view authority = url.substr(0, slash);
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view port = authority.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (error != std::errc() || end != port.data() + port.size() || endpoint.port == 0) {
      return Fail(ErrorCode::kInvalidInput, "\"" + whole + "\" has no valid port");
    }
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  if (authority.empty() || authority.find_first_of("@?#[] \t\r\n") != std::string_view::npos ||
      endpoint.path_prefix.find_first_of("?# \t\r\n") != std::string::npos) {
    return Fail(ErrorCode::kInvalidInput,
                "\"" + whole + "\" is not a URL like http://127.0.0.1:7080");
  }
  endpoint.host = authority;
  return endpoint;
}

HttpClient::HttpClient(HttpClientOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>()) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::Send(const HttpClientRequest& request) {
  TRY_ASSIGN(const std::string head, SerializeRequestHead(options_, request));
  const internal::StopSignal stop(request.stop);
  const Patience patience{
      .io_timeout_ms = options_.io_timeout_ms,
      .deadline_ms = request.total_timeout_ms == 0 ? 0 : NowMs() + request.total_timeout_ms,
      .stop_descriptor = stop.descriptor()};
  // A body source cannot be rewound.
  const bool may_repeat =
      !request.body_source && request.may_repeat.value_or(IsIdempotent(request.method));
  for (;;) {
    std::optional<ClientSocket> socket = pool_->Take();
    const bool is_kept = socket.has_value();
    if (!socket) {
      TRY_ASSIGN(socket,
                 ClientSocket::Connect(options_.endpoint, options_.connect_timeout_ms, patience));
    }
    ClientExchange exchange(options_, request, *socket, patience);
    auto outcome = exchange.Run(head);
    if (outcome) {
      if (outcome->reusable) pool_->Give(std::move(*socket), options_.connections_kept_max);
      return std::move(outcome->response);
    }
    // The server closed a kept connection at the moment we used it; a fresh one tells more.
    const bool was_stale =
        is_kept && !exchange.any_byte_received() && outcome.error().code == ErrorCode::kUnavailable;
    if (!was_stale || !may_repeat) return std::unexpected(outcome.error());
  }
}

Result<HttpResponse> HttpClient::Get(std::string target) {
  HttpClientRequest request;
  request.target = std::move(target);
  return Send(request);
}

Result<HttpResponse> HttpClient::Post(std::string target, std::string content_type,
                                      std::string_view body) {
  HttpClientRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.headers.Add("content-type", std::move(content_type));
  request.body = body;
  return Send(request);
}

}  // namespace vitrine::net
