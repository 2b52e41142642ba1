#include "engine/internal/answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "engine/limits.h"
#include "platform/random.h"

namespace vitrine::engine {
namespace {

int64_t MonotonicNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

/// Sixteen lower-case letters that no result can have foreseen.
std::string NewExceptionTag() {
  std::string tag(16, '\0');
  platform::SystemRandom().Fill(tag.data(), tag.size());
  for (char& c : tag) c = static_cast<char>('a' + static_cast<uint8_t>(c) % 26);
  return tag;
}

std::string_view StatusText(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Payload Too Large";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

std::string Summary(const Outcome& outcome, int64_t elapsed_ns) {
  const auto pair = [](std::string_view name, uint64_t value) {
    return "\"" + std::string(name) + "\":\"" + std::to_string(value) + "\"";
  };
  return "{" + pair("read_rows", outcome.read_rows) + "," + pair("read_bytes", outcome.read_bytes) +
         "," + pair("written_rows", outcome.written_rows) + "," +
         pair("written_bytes", outcome.written_bytes) + "," + pair("total_rows_to_read", 0) + "," +
         pair("result_rows", outcome.result_rows) + "," +
         pair("result_bytes", outcome.body.size()) + "," +
         pair("elapsed_ns", static_cast<uint64_t>(elapsed_ns)) + "}";
}

// Codes by the status ClickHouse's HTTP handler gives them; everything else is 500.
constexpr std::array<int, 22> kBadRequest = {6,  25, 26, 27, 36,  38,  41,  42,  43,  44,  53,
                                             62, 69, 70, 72, 117, 130, 131, 223, 321, 427, 457};
constexpr std::array<int, 13> kNotFound = {16, 46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 139, 372};

}  // namespace

int ExceptionCode(std::string_view error) {
  const size_t at = error.find("Code: ");
  int code = 0;
  if (at == error.npos) return 1002;
  const auto [end, problem] =
      std::from_chars(error.data() + at + 6, error.data() + error.size(), code);
  return problem == std::errc() ? code : 1002;
}

int ExceptionStatus(int code) {
  if (std::ranges::find(kBadRequest, code) != kBadRequest.end()) return 400;
  if (std::ranges::find(kNotFound, code) != kNotFound.end()) return 404;
  switch (code) {
    case 48: return 501;   // NOT_IMPLEMENTED
    case 159: return 408;  // TIMEOUT_EXCEEDED
    case 194: return 401;  // REQUIRED_PASSWORD
    case 192:              // UNKNOWN_USER
    case 193:              // WRONG_PASSWORD
    case 497:              // ACCESS_DENIED
    case 516: return 403;  // AUTHENTICATION_FAILED
    case 202:              // TOO_MANY_SIMULTANEOUS_QUERIES
    case 209:              // SOCKET_TIMEOUT
    case 439: return 503;  // CANNOT_SCHEDULE_TASK
    default: return 500;
  }
}

std::string_view FormatContentType(std::string_view format) {
  if (format.find("EachRow") != format.npos) return "application/x-ndjson; charset=UTF-8";
  if (format.starts_with("JSON")) return "application/json; charset=UTF-8";
  if (format.starts_with("CSV")) return "text/csv; charset=UTF-8; header=present";
  if (format.starts_with("TabSeparated") || format.starts_with("TSV"))
    return "text/tab-separated-values; charset=UTF-8";
  for (const std::string_view binary :
       {"Native", "RowBinary", "Parquet", "Arrow", "ORC", "Avro", "Protobuf", "MsgPack", "BSON"})
    if (format.starts_with(binary)) return "application/octet-stream";
  if (format == "XML") return "application/xml; charset=UTF-8";
  return "text/plain; charset=UTF-8";
}

Answer::Answer(HttpSocket& socket, const HttpHead& head)
    : socket_(socket),
      head_(head),
      exception_tag_(NewExceptionTag()),
      keep_alive_(head.keep_alive),
      started_ns_(MonotonicNs()) {}

void Answer::set_query(const QueryRequest& request) {
  query_id_ = request.query_id;
  hold_all_ = request.wait_end_of_query;
  coding_ = request.answer_coding;
  if (coding_ != Coding::kIdentity) deflater_ = Deflater::Make(coding_);
}

std::string Answer::Head(int status, std::string_view content_type) const {
  std::string head =
      "HTTP/1.1 " + std::to_string(status) + " " + std::string(StatusText(status)) + "\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) head.append(name).append(": ").append(value).append("\r\n");
  };
  add("Content-Type", content_type);
  add("Connection", keep_alive_ ? "Keep-Alive" : "Close");
  if (keep_alive_) add("Keep-Alive", "timeout=" + std::to_string(kIdleTimeoutMs / 1000));
  add("X-ClickHouse-Server-Display-Name", "vitrine-engine");
  add("X-ClickHouse-Query-Id", query_id_);
  add("X-ClickHouse-Format", format_);
  add("X-ClickHouse-Timezone", "UTC");
  add("X-ClickHouse-Exception-Tag", exception_tag_);
  return head;
}

Result<void> Answer::SendChunk(std::string_view bytes) {
  if (bytes.empty() || head_.method == "HEAD") return {};
  if (head_.http_1_0) return socket_.Write(bytes);
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16);
  std::string line(digits.data(), end.ptr);
  TRY(socket_.Write(line + "\r\n"));
  TRY(socket_.Write(bytes));
  return socket_.Write("\r\n");
}

void Answer::Start() {
  started_ = true;
  if (head_.http_1_0) keep_alive_ = false;
  std::string head = Head(200, FormatContentType(format_));
  if (coding_ != Coding::kIdentity)
    head.append("Content-Encoding: ").append(CodingName(coding_)).append("\r\n");
  head += head_.http_1_0 ? "\r\n" : "Transfer-Encoding: chunked\r\n\r\n";
  if (!socket_.Write(head)) keep_alive_ = false;
}

Result<void> Answer::Write(std::string_view bytes) {
  if (!started_) {
    held_ += bytes;
    if (hold_all_) {
      if (held_.size() <= kWholeAnswerBytesMax) return {};
      return Fail(ErrorCode::kLimitExceeded,
                  "with wait_end_of_query an answer may have 64 MiB: stream it instead");
    }
    if (held_.size() < kHoldBackBytes) return {};
    Start();
    bytes = held_;
  }
  if (deflater_) {
    coded_.clear();
    deflater_->Feed(bytes, coded_);
    bytes = coded_;
  }
  Result<void> sent = SendChunk(bytes);
  if (!sent) keep_alive_ = false;
  held_.clear();
  return sent;
}

void Answer::SendWhole(int status, std::string_view content_type, std::string_view extra,
                       std::string_view body) {
  started_ = true;
  std::string out = Head(status, content_type);
  out += extra;
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  if (head_.method != "HEAD") out += body;
  if (!socket_.Write(out)) keep_alive_ = false;
}

void Answer::Finish(const Outcome& outcome) {
  if (!started_) {
    std::string extra =
        "X-ClickHouse-Summary: " + Summary(outcome, MonotonicNs() - started_ns_) + "\r\n";
    if (deflater_ && !held_.empty()) {
      coded_.clear();
      deflater_->Feed(held_, coded_);
      deflater_->Flush(true, coded_);
      held_.swap(coded_);
      extra.append("Content-Encoding: ").append(CodingName(coding_)).append("\r\n");
    }
    return SendWhole(200, FormatContentType(format_), extra, held_);
  }
  coded_.clear();
  if (deflater_) deflater_->Flush(true, coded_);
  if (!SendChunk(coded_)) keep_alive_ = false;
  if (!head_.http_1_0 && head_.method != "HEAD" && !socket_.Write("0\r\n\r\n")) keep_alive_ = false;
}

void Answer::FailWith(std::string_view error) {
  FailWith(error, ExceptionStatus(ExceptionCode(error)));
}

void Answer::FailWith(std::string_view error, int status) {
  std::string text(error);
  if (!version_.empty() && text.find("(version ") == text.npos)
    text += " (version " + version_ + ")";
  text += '\n';
  if (!socket_.body_done()) keep_alive_ = false;
  if (!started_) {
    const std::string extra =
        "X-ClickHouse-Exception-Code: " + std::to_string(ExceptionCode(error)) + "\r\n";
    format_.clear();
    return SendWhole(status, "text/plain; charset=UTF-8", extra, text);
  }
  keep_alive_ = false;  // The missing last chunk is the other sign of failure.
  std::string block = "\r\n__exception__\r\n" + exception_tag_ + "\r\n" + text;
  block += std::to_string(text.size()) + " " + exception_tag_ + "\r\n__exception__\r\n";
  if (deflater_) {
    coded_.clear();
    deflater_->Feed(block, coded_);
    deflater_->Flush(true, coded_);
    block.swap(coded_);
  }
  (void)SendChunk(block).has_value();
}

}  // namespace vitrine::engine
