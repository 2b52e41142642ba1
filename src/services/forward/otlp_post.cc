#include "services/forward/otlp_post.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "services/forward/limits.h"
#include "syntax/json/utf8.h"
#include "syntax/protobuf/wire_reader.h"
#include "upstream/upstream_table.h"

namespace vitrine::forward {

namespace {

std::string_view NameOf(compress::Encoding encoding) {
  return encoding == compress::Encoding::kZstd ? "zstd" : "gzip";
}

/// The beginning of what the target said, as one line.
std::string Shown(std::string_view text) {
  std::string shown;
  syntax::AppendUtf8Repaired(shown, text.substr(0, kErrorBytesShown));
  std::ranges::replace_if(shown, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return shown;
}

/// Reads ExportTraceServiceResponse.partial_success; what does not read as one says nothing.
void ReadPartialSuccess(std::string_view body, PostOutcome& outcome) {
  constexpr uint32_t kPartialSuccess = syntax::WireTag(1, syntax::WireType::kBytes);
  constexpr uint32_t kRejected = syntax::WireTag(1, syntax::WireType::kVarint);
  constexpr uint32_t kMessage = syntax::WireTag(2, syntax::WireType::kBytes);
  syntax::WireReader response(body);
  while (response.Next()) {
    if (response.tag() != kPartialSuccess) continue;
    syntax::WireReader partial(response.bytes());
    while (partial.Next()) {
      if (partial.tag() == kRejected) outcome.rejected_count = partial.scalar();
      if (partial.tag() == kMessage)
        outcome.message = "the target took a part: " + Shown(partial.bytes());
    }
  }
}

}  // namespace

int64_t RetryAfterMs(std::string_view value, Nanos now) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size() && seconds >= 0)
    return std::min(seconds, kRetryAfterMsMax / 1000) * 1000;
  std::tm date{};
  const std::string text(value);
  if (strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return 0;
  const int64_t until = static_cast<int64_t>(timegm(&date)) - now.since_epoch / kNanosPerSecond;
  return std::clamp<int64_t>(until, 0, kRetryAfterMsMax / 1000) * 1000;
}

PostOutcome JudgeAnswer(const net::HttpResponse& answer, Nanos now) {
  PostOutcome outcome;
  if (answer.status >= 200 && answer.status < 300) {
    ReadPartialSuccess(answer.body, outcome);
    return outcome;
  }
  outcome.message = "the target answered " + std::to_string(answer.status);
  // Of an OTLP error the text is protobuf, of which the readable part is enough.
  if (const std::string said = Shown(answer.body); !said.empty()) outcome.message += ": " + said;
  switch (answer.status) {
    case 413: outcome.verdict = PostVerdict::kTooLarge; break;
    case 429:
    case 502:
    case 503:
    case 504:
      outcome.verdict = PostVerdict::kLater;
      if (const auto after = answer.headers.First("retry-after"))
        outcome.retry_after_ms = RetryAfterMs(*after, now);
      break;
    // Not what is sent is wrong but the target's address or our key: spans wait for the mending.
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
    case 408: outcome.verdict = PostVerdict::kLater; break;
    default: outcome.verdict = answer.status < 400 ? PostVerdict::kLater : PostVerdict::kRefused;
  }
  return outcome;
}

namespace {

Result<void> CheckHeader(const std::string& name, const std::string& value) {
  const auto is_name = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  };
  if (name.empty() || !std::ranges::all_of(name, is_name))
    return Fail(ErrorCode::kInvalidInput, "headers: '" + name + "' is no header's name");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(value, is_control))
    return Fail(ErrorCode::kInvalidInput, "headers: " + name + " has a line end or the like in it");
  return {};
}

}  // namespace

Result<std::unique_ptr<OtlpPost>> OtlpPost::Create(const PostOptions& options) {
  for (const auto& [name, value] : options.headers) TRY(CheckHeader(name, value));
  TRY_ASSIGN(const upstream::Upstream parsed,
             upstream::ParseUpstream(options.name, "otlp", options.url, options.tls));
  net::HttpClientOptions client;
  client.endpoint.host = parsed.endpoint->host;
  client.endpoint.port = parsed.endpoint->port;
  client.endpoint.tls = parsed.endpoint->tls;
  client.headers.Add("host", parsed.authority);
  client.headers.Add("content-type", "application/x-protobuf");
  client.headers.Add("user-agent", "vitrine");
  if (options.compression != compress::Encoding::kIdentity)
    client.headers.Add("content-encoding", NameOf(options.compression));
  for (const auto& [name, value] : options.headers) client.headers.Set(name, value);
  client.connect_timeout_ms = kConnectMs;
  client.io_timeout_ms = kAnswerMs;
  client.connections_kept_max = 1;
  client.response_bytes_max = kAnswerBytesMax;
  const std::string target = parsed.base_path.empty() ? "/" : parsed.base_path;
  return std::unique_ptr<OtlpPost>(
      new OtlpPost(std::move(client), target, parsed.authority, options.compression));
}

OtlpPost::OtlpPost(net::HttpClientOptions options, std::string target, std::string host,
                   compress::Encoding compression)
    : client_(std::move(options)),
      target_(std::move(target)),
      host_(std::move(host)),
      compression_(compression) {}

PostOutcome OtlpPost::Send(std::string_view body, Nanos now, std::stop_token stop) {
  net::HttpClientRequest request;
  request.method = "POST";
  request.target = target_;
  request.body = body;
  std::string packed;
  if (compression_ != compress::Encoding::kIdentity) {
    auto deflated = compress::Deflate(compression_, body);
    if (!deflated) return {PostVerdict::kLater, 0, 0, deflated.error().message};
    packed = std::move(*deflated);
    request.body = packed;
  }
  // What was taken, and whose answer was lost, is sent again anyway.
  request.may_repeat = true;
  request.total_timeout_ms = kRequestMs;
  request.stop = std::move(stop);
  const auto answer = client_.Send(request);
  if (!answer) return {PostVerdict::kLater, 0, 0, answer.error().message};
  return JudgeAnswer(*answer, now);
}

}  // namespace vitrine::forward
