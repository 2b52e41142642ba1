#include "capture/gateway/usage_chunk.h"

#include <algorithm>

#include "base/arena.h"
#include "capture/gateway/limits.h"
#include "codecs/providers/route.h"
#include "syntax/json/json_document.h"

namespace vitrine::capture {

namespace {

using codecs::providers::Api;
using syntax::JsonValue;

constexpr std::string_view kAsked = "\"include_usage\":true";

/// The body with `text` at `at`, in the place of `size` bytes.
std::string Spliced(std::string_view body, size_t at, size_t size, std::string_view text) {
  std::string spliced(body.substr(0, at));
  return spliced.append(text).append(body.substr(at + size));
}

size_t OffsetOf(JsonValue value, std::string_view body) {
  return static_cast<size_t>(value.raw().data() - body.data());
}

/// The bytes of the first event and its blank line; npos where its end is not there.
size_t EventEnd(std::string_view bytes, size_t from) {
  for (size_t at = bytes.find('\n', from); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    std::string_view next = bytes.substr(at + 1);
    if (next.starts_with('\r')) next.remove_prefix(1);
    if (next.starts_with('\n')) return bytes.size() - next.size() + 1;
  }
  return std::string_view::npos;
}

/// "data: {…}" whose choices are empty and whose usage is there.
bool IsUsageAlone(std::string_view event) {
  constexpr std::string_view kData = "data:";
  if (!event.starts_with(kData) || !event.contains("\"usage\"")) return false;
  event.remove_prefix(kData.size());
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(event, arena) != syntax::JsonStatus::kOk) return false;
  const JsonValue root = document.root(), choices = root["choices"];
  return choices.is_array() && choices.size() == 0 && root["usage"].is_object();
}

}  // namespace

std::optional<std::string> WithUsageAsked(const upstream::Upstream& upstream,
                                          std::string_view method, std::string_view target,
                                          std::string_view body) {
  Arena arena;
  const std::string url = upstream.origin + std::string(target);
  const Api api =
      codecs::providers::FindRoute(
          {.method = method, .url = url, .kind = upstream.kind, .headers = {}, .body = body}, arena)
          .api;
  if (api != Api::kChatCompletions && api != Api::kCompletions) return std::nullopt;
  syntax::JsonDocument document;
  if (document.Parse(body, arena) != syntax::JsonStatus::kOk) return std::nullopt;
  const JsonValue root = document.root();
  if (!root.is_object() || !root["stream"].AsBool().value_or(false)) return std::nullopt;
  const JsonValue options = root["stream_options"];
  const std::string asked = "{" + std::string(kAsked) + "}";
  if (!options.exists()) {
    // Before every other member; there is one, "stream".
    return Spliced(body, body.find('{') + 1, 0, "\"stream_options\":" + asked + ",");
  }
  const size_t at = OffsetOf(options, body);
  if (options.is_nothing()) return Spliced(body, at, options.raw().size(), asked);
  if (!options.is_object() || options["include_usage"].exists()) return std::nullopt;
  return Spliced(body, at + 1, 0, std::string(kAsked) + (options.size() == 0 ? "" : ","));
}

void UsageChunkFilter::Take(std::string_view piece, std::string& out) {
  event_.append(piece);
  size_t begin = 0;
  for (;;) {
    const size_t end = EventEnd(event_, std::max(begin, scanned_));
    if (end == std::string::npos) break;
    const std::string_view event = std::string_view(event_).substr(begin, end - begin);
    if (!IsUsageAlone(event)) out.append(event);
    begin = scanned_ = end;
  }
  event_.erase(0, begin);
  // A line's end may come in two pieces.
  scanned_ = event_.size() - std::min<size_t>(event_.size(), 2);
  if (event_.size() > kUsageChunkBytesMax) {
    out.append(event_);  // No usage is that long, whatever follows of it.
    event_.clear();
    scanned_ = 0;
  }
}

void UsageChunkFilter::End(std::string& out) {
  if (!IsUsageAlone(event_)) out.append(event_);
  event_.clear();
  scanned_ = 0;
}

std::unique_ptr<net::RelayBodyFilter> UsageChunkFilterFor(int status,
                                                          const net::HttpHeaders& headers) {
  const auto type = headers.First("content-type");
  const bool is_plain_stream = status == 200 && type && type->starts_with("text/event-stream") &&
                               headers.First("content-encoding").value_or("identity") == "identity";
  return is_plain_stream ? std::make_unique<UsageChunkFilter>() : nullptr;
}

}  // namespace vitrine::capture
