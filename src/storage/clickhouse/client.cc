#include "storage/clickhouse/client.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <mutex>

#include "storage/clickhouse/internal/exception_finder.h"
#include "storage/clickhouse/internal/http_link.h"
#include "storage/clickhouse/limits.h"

namespace vitrine::clickhouse {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Sink = std::function<bool(std::string_view)>;

// Exceptions that say nothing about the statement: it may succeed later. ErrorCodes.cpp.
constexpr std::array<int, 15> kTransientCodes = {
    74,   // CANNOT_READ_FROM_FILE_DESCRIPTOR
    75,   // CANNOT_WRITE_TO_FILE_DESCRIPTOR
    76,   // CANNOT_OPEN_FILE
    202,  // TOO_MANY_SIMULTANEOUS_QUERIES
    203,  // NO_FREE_CONNECTION
    209,  // SOCKET_TIMEOUT
    210,  // NETWORK_ERROR
    225,  // NO_ZOOKEEPER
    242,  // TABLE_IS_READ_ONLY
    243,  // NOT_ENOUGH_SPACE
    252,  // TOO_MANY_PARTS
    319,  // UNKNOWN_STATUS_OF_INSERT
    394,  // QUERY_WAS_CANCELLED: not by us, so the engine is stopping
    439,  // CANNOT_SCHEDULE_TASK
    999,  // KEEPER_EXCEPTION
};
// Limits of the statement itself.
constexpr std::array<int, 6> kLimitCodes = {
    158,  // TOO_MANY_ROWS
    159,  // TIMEOUT_EXCEEDED
    160,  // TOO_SLOW
    241,  // MEMORY_LIMIT_EXCEEDED
    307,  // TOO_MANY_BYTES
    396,  // TOO_MANY_ROWS_OR_BYTES
};

// What values can do wrong.
constexpr std::array<int, 16> kValueCodes = {
    6,    // CANNOT_PARSE_TEXT
    27,   // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    38,   // CANNOT_PARSE_DATE
    41,   // CANNOT_PARSE_DATETIME
    53,   // TYPE_MISMATCH
    69,   // ARGUMENT_OUT_OF_BOUND
    70,   // CANNOT_CONVERT_TYPE
    72,   // CANNOT_PARSE_NUMBER
    117,  // INCORRECT_DATA
    128,  // TOO_LARGE_ARRAY_SIZE
    131,  // TOO_LARGE_STRING_SIZE
    190,  // SIZES_OF_ARRAYS_DONT_MATCH
    321,  // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349,  // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    407,  // DECIMAL_OVERFLOW
    469,  // VIOLATED_CONSTRAINT
};

void AppendEscaped(std::string& url, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
    if (plain) {
      url += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      url += '%';
      url += kDigits[byte >> 4];
      url += kDigits[byte & 15];
    }
  }
}

void AppendParameter(std::string& url, std::string_view prefix, std::string_view name,
                     std::string_view value) {
  url += url.find('?') == url.npos ? '?' : '&';
  url += prefix;
  AppendEscaped(url, name);
  url += '=';
  AppendEscaped(url, value);
}

/// Header values of the configuration must not bring lines of their own.
bool IsHeaderSafe(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

/// The error that an exception text of the engine means.
Error FromException(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  Error error{ErrorCode::kInvalidInput, std::string(text), std::nullopt};
  const std::optional<int> code = ExceptionCode(error);
  if (!code) return error;
  const auto is_in = [&](const auto& codes) {
    return std::ranges::find(codes, *code) != codes.end();
  };
  // "(total)" is the whole engine's limit: somebody else's memory.
  const bool total_memory = *code == 241 && text.find("(total)") != text.npos;
  if (is_in(kTransientCodes) || total_memory) {
    error.code = ErrorCode::kUnavailable;
  } else if (is_in(kLimitCodes)) {
    error.code = ErrorCode::kLimitExceeded;
  }
  return error;
}

}  // namespace

CancelToken::CancelToken() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

CancelToken::~CancelToken() {
  if (fd_ >= 0) close(fd_);
}

void CancelToken::Cancel() {
  if (fd_ >= 0) eventfd_write(fd_, 1);
}

bool CancelToken::cancelled() const {
  pollfd poll_fd{fd_, POLLIN, 0};
  return fd_ >= 0 && poll(&poll_fd, 1, 0) > 0;
}

std::string QueryParam(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '\\': escaped += "\\\\"; break;
      case '\t': escaped += "\\t"; break;
      case '\n': escaped += "\\n"; break;
      case '\r': escaped += "\\r"; break;
      case '\0': escaped += "\\0"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string SqlLiteral(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

bool IsRefusalOfRows(const Error& error) {
  const std::optional<int> code = ExceptionCode(error);
  return error.code == ErrorCode::kInvalidInput && code &&
         std::ranges::find(kValueCodes, *code) != kValueCodes.end();
}

std::optional<int> ExceptionCode(const Error& error) {
  constexpr std::string_view kMark = "Code: ";
  const size_t at = error.message.find(kMark);
  if (at == std::string::npos) return std::nullopt;
  const char* begin = error.message.data() + at + kMark.size();
  int code = 0;
  const auto [end, problem] =
      std::from_chars(begin, error.message.data() + error.message.size(), code);
  if (problem != std::errc()) return std::nullopt;
  return code;
}

bool IsTransient(const Error& error) { return error.code == ErrorCode::kUnavailable; }

class Client::Impl {
 public:
  explicit Impl(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  /// One exchange. `repeatable`: the request may be sent again when a kept connection turns out
  /// to be dead before its first answered byte.
  Result<void> Call(std::string_view method, const std::string& url, std::string_view body,
                    bool repeatable, const QueryOptions& options, bool per_piece, const Sink& sink);
  /// One exchange whose body comes in pieces and whose answer says nothing.
  Result<void> Post(const std::string& url, const NativePieces& pieces,
                    const QueryOptions& options);

  std::string Url(const QueryOptions& options) const;
  std::string InsertUrl(std::string_view table, std::string_view columns,
                        const QueryOptions& options) const;
  void Stop() { stop_.Cancel(); }

 private:
  Result<std::unique_ptr<HttpLink>> TakeLink(const QueryOptions& options, bool& fresh);
  void ReturnLink(std::unique_ptr<HttpLink> link);
  /// `body_bytes`: nothing where the body comes in chunks.
  std::string RequestHead(std::string_view method, const std::string& url,
                          std::optional<size_t> body_bytes) const;
  Result<void> CheckHeaders() const;
  static Result<void> ReadAnswer(HttpLink& link, const AnswerHead& head, Deadline& deadline,
                                 bool per_piece, const Sink& sink, bool& stopped);

  const Endpoint endpoint_;
  CancelToken stop_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<HttpLink>> idle_;
};

std::string Client::Impl::Url(const QueryOptions& options) const {
  std::string url = "/";
  if (!endpoint_.database.empty()) AppendParameter(url, "", "database", endpoint_.database);
  if (!options.query_id.empty()) AppendParameter(url, "", "query_id", options.query_id);
  for (const auto& [name, value] : options.settings) AppendParameter(url, "", name, value);
  for (const auto& [name, value] : options.params) AppendParameter(url, "param_", name, value);
  return url;
}

std::string Client::Impl::InsertUrl(std::string_view table, std::string_view columns,
                                    const QueryOptions& options) const {
  std::string sql = "INSERT INTO " + std::string(table);
  if (!columns.empty()) sql.append(" (").append(columns).append(")");
  std::string url = Url(options);
  AppendParameter(url, "", "query", sql + " FORMAT Native");
  return url;
}

std::string Client::Impl::RequestHead(std::string_view method, const std::string& url,
                                      std::optional<size_t> body_bytes) const {
  std::string head;
  head.append(method).append(" ").append(url).append(" HTTP/1.1\r\nHost: ");
  head += endpoint_.unix_path.empty() ? endpoint_.host + ":" + std::to_string(endpoint_.port)
                                      : std::string("localhost");
  if (!endpoint_.user.empty()) head += "\r\nX-ClickHouse-User: " + endpoint_.user;
  if (!endpoint_.password.empty()) head += "\r\nX-ClickHouse-Key: " + endpoint_.password;
  if (!body_bytes) {
    head += "\r\nTransfer-Encoding: chunked";
  } else if (method == "POST") {
    head += "\r\nContent-Length: " + std::to_string(*body_bytes);
  }
  return head += "\r\n\r\n";
}

Result<void> Client::Impl::CheckHeaders() const {
  if (IsHeaderSafe(endpoint_.user) && IsHeaderSafe(endpoint_.password)) return {};
  return Fail(ErrorCode::kInvalidInput, "control character in ClickHouse's user or password");
}

Result<std::unique_ptr<HttpLink>> Client::Impl::TakeLink(const QueryOptions& options, bool& fresh) {
  fresh = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    while (!idle_.empty()) {
      std::unique_ptr<HttpLink> link = std::move(idle_.back());
      idle_.pop_back();
      if (link->usable_until() > now && !link->Stale()) return link;
    }
  }
  fresh = true;
  const auto timeout = std::min(options.timeout, std::chrono::milliseconds(kConnectTimeoutMs));
  Result<std::unique_ptr<HttpLink>> link =
      HttpLink::Connect(endpoint_, Deadline(timeout, options.cancel.get(), &stop_));
  const bool token = stop_.cancelled() || (options.cancel && options.cancel->cancelled());
  // Nobody took the connection in time: the other side is away, whatever the clock calls it.
  if (!link && link.error().code == ErrorCode::kCancelled && !token)
    return Fail(ErrorCode::kUnavailable, "ClickHouse does not take connections");
  return link;
}

void Client::Impl::ReturnLink(std::unique_ptr<HttpLink> link) {
  if (!link->reusable()) return;
  link->StampIdle();
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleLinksMax) idle_.push_back(std::move(link));
}

Result<void> Client::Impl::ReadAnswer(HttpLink& link, const AnswerHead& head, Deadline& deadline,
                                      bool per_piece, const Sink& sink, bool& stopped) {
  const bool failed = head.status != 200 || !head.exception_code.empty();
  ExceptionFinder finder(head.exception_tag);
  std::string text;
  const auto pass = [&](std::string_view plain) {
    if (!plain.empty() && !stopped) stopped = !sink(plain);
  };
  while (!stopped) {
    if (per_piece) deadline.Restart();
    const Result<std::string_view> piece = link.ReadBody(deadline);
    if (!piece && finder.found()) break;  // The engine cuts the answer after its exception.
    if (!piece) return std::unexpected(piece.error());
    if (piece->empty()) break;
    if (failed) {
      text += piece->substr(0, kExceptionBytesMax - std::min(text.size(), kExceptionBytesMax));
    } else {
      finder.Feed(*piece, pass);
    }
  }
  if (failed) {
    if (text.empty()) text = "ClickHouse answered HTTP " + std::to_string(head.status);
    if (head.status == 503 && !ExceptionCode({ErrorCode::kInternal, text, std::nullopt}))
      return Fail(ErrorCode::kUnavailable, text);
    return std::unexpected(FromException(text));
  }
  if (finder.found()) return std::unexpected(FromException(finder.text()));
  finder.Finish(pass);
  return {};
}

Result<void> Client::Impl::Call(std::string_view method, const std::string& url,
                                std::string_view body, bool repeatable, const QueryOptions& options,
                                bool per_piece, const Sink& sink) {
  TRY(CheckHeaders());
  Deadline deadline(options.timeout, options.cancel.get(), &stop_);
  std::string request = RequestHead(method, url, body.size());
  if (body.size() <= kJoinedBodyBytesMax) {  // One packet instead of two.
    request += body;
    body = {};
  }
  while (true) {
    bool fresh = false;
    TRY_ASSIGN(std::unique_ptr<HttpLink> link, TakeLink(options, fresh));
    TRY(link->Send(request, body, deadline));
    const Result<AnswerHead> head = link->ReadHead(deadline);
    if (!head) {
      if (head.error().code == ErrorCode::kUnavailable && !fresh && repeatable) continue;
      return std::unexpected(head.error());
    }
    bool stopped = false;
    TRY(ReadAnswer(*link, *head, deadline, per_piece, sink, stopped));
    if (!stopped) ReturnLink(std::move(link));
    return {};
  }
}

Result<void> Client::Impl::Post(const std::string& url, const NativePieces& pieces,
                                const QueryOptions& options) {
  TRY(CheckHeaders());
  Deadline deadline(options.timeout, options.cancel.get(), &stop_);
  bool fresh = false;
  TRY_ASSIGN(std::unique_ptr<HttpLink> link, TakeLink(options, fresh));
  TRY_ASSIGN(bool goes_on, link->SendPart({RequestHead("POST", url, std::nullopt)}, deadline));
  for (size_t i = 0; goes_on && i < pieces.count; ++i) {
    const std::string piece = pieces.make(i);
    std::array<char, 20> size;
    std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
    if (piece.empty()) continue;  // Would end the body.
    TRY_ASSIGN(goes_on, link->SendPart({size.data(), piece, "\r\n"}, deadline));
  }
  if (goes_on) TRY(link->SendEnd("0\r\n\r\n", deadline));
  TRY_ASSIGN(const AnswerHead head, link->ReadHead(deadline));
  bool stopped = false;
  TRY(ReadAnswer(*link, head, deadline, false, [](std::string_view) { return true; }, stopped));
  ReturnLink(std::move(link));
  return {};
}

Client::Client(Endpoint endpoint) : impl_(std::make_unique<Impl>(std::move(endpoint))) {}
Client::~Client() = default;

void Client::Stop() { impl_->Stop(); }

Result<std::string> Client::Query(std::string_view sql, const QueryOptions& options) {
  std::string answer;
  bool too_large = false;
  TRY(impl_->Call("POST", impl_->Url(options), sql, true, options, false,
                  [&](std::string_view bytes) {
                    too_large = answer.size() + bytes.size() > kAnswerBytesMax;
                    if (!too_large) answer += bytes;
                    return !too_large;
                  }));
  if (too_large)
    return Fail(ErrorCode::kLimitExceeded, "the answer has more than 256 MiB: stream it");
  return answer;
}

Result<void> Client::Stream(std::string_view sql, const Sink& sink, const QueryOptions& options) {
  return impl_->Call("POST", impl_->Url(options), sql, true, options, true, sink);
}

Result<void> Client::Execute(std::string_view sql, const QueryOptions& options) {
  return impl_->Call("POST", impl_->Url(options), sql, false, options, false,
                     [](std::string_view) { return true; });
}

Result<void> Client::InsertNative(std::string_view table, std::string_view columns,
                                  std::string_view native, const QueryOptions& options) {
  return impl_->Call("POST", impl_->InsertUrl(table, columns, options), native, false, options,
                     false, [](std::string_view) { return true; });
}

Result<void> Client::InsertNative(std::string_view table, std::string_view columns,
                                  const NativePieces& pieces, const QueryOptions& options) {
  return impl_->Post(impl_->InsertUrl(table, columns, options), pieces, options);
}

bool Client::Ping(std::chrono::milliseconds timeout) {
  QueryOptions options;
  options.timeout = timeout;
  return impl_
      ->Call("GET", "/ping", {}, true, options, false, [](std::string_view) { return true; })
      .has_value();
}

}  // namespace vitrine::clickhouse
