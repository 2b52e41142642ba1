#include "capture/gateway/request_glance.h"

#include <algorithm>

#include "base/arena.h"
#include "codecs/providers/route.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::capture {

namespace {

// English text is four bytes a token in every common vocabulary; JSON around it makes up for other
// languages. It is corrected when the provider has counted.
constexpr uint64_t kBytesPerToken = 4;
// What a call that sets no limit is expected to write.
constexpr uint64_t kOutputTokens = 1000;
constexpr std::string_view kMaxTokens[] = {"max_completion_tokens", "max_output_tokens",
                                           "max_tokens"};

}  // namespace

RequestGlance GlanceAt(const upstream::Upstream& upstream, std::string_view method,
                       std::string_view target, const net::HttpHeaders& headers,
                       std::string_view body) {
  RequestGlance glance;
  Arena arena;
  const std::string url = upstream.origin + std::string(target);
  const bool is_readable = !headers.Has("content-encoding");
  const codecs::providers::Route route = codecs::providers::FindRoute(
      {.method = method, .url = url, .kind = upstream.kind, .headers = {}, .body = body}, arena);
  glance.is_model_call = route.api != codecs::providers::Api::kNone;
  glance.is_fetch = !FetchedResponseId(method, target).empty();
  glance.model = route.model;
  glance.is_stream = route.asks_for_stream;
  glance.tokens_estimated = body.size() / kBytesPerToken + kOutputTokens;
  syntax::JsonDocument document;
  if (!is_readable || document.Parse(body, arena) != syntax::JsonStatus::kOk) return glance;
  const syntax::JsonValue root = document.root();
  if (const std::string_view model = root["model"].text(); !model.empty()) glance.model = model;
  glance.is_stream |= root["stream"].ToBool().value_or(false);
  glance.is_background = root["background"].ToBool().value_or(false);
  for (const std::string_view name : kMaxTokens) {
    const auto most = root[name].ToUint();
    if (!most) continue;
    glance.tokens_estimated = body.size() / kBytesPerToken + std::min<uint64_t>(*most, 1u << 20);
    break;
  }
  return glance;
}

std::string_view FetchedResponseId(std::string_view method, std::string_view target) {
  constexpr std::string_view kResponses = "/responses", kCancel = "/cancel";
  std::string_view path = target.substr(0, target.find('?'));
  if (method == "POST") {
    if (!path.ends_with(kCancel)) return {};
    path.remove_suffix(kCancel.size());
  } else if (method != "GET") {
    return {};
  }
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || !path.substr(0, slash).ends_with(kResponses)) return {};
  return path.substr(slash + 1);
}

std::optional<std::string> WithModel(std::string_view body, std::string_view model) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(body, arena) != syntax::JsonStatus::kOk) return std::nullopt;
  const syntax::JsonValue named = document.root()["model"];
  if (!named.is_string()) return std::nullopt;
  const auto at = static_cast<size_t>(named.raw().data() - body.data());
  std::string quoted;
  syntax::JsonWriter(quoted).String(model);
  std::string other(body.substr(0, at));
  return other.append(quoted).append(body.substr(at + named.raw().size()));
}

}  // namespace vitrine::capture
