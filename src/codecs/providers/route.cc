#include "codecs/providers/route.h"

#include <string>

#include "codecs/content/text.h"
#include "codecs/providers/internal/form_reader.h"
#include "model/provider_names.h"
#include "syntax/json/utf8.h"

namespace vitrine::codecs::providers {

namespace {

/// Servers whose paths mean something else than elsewhere.
enum class HostKind : uint8_t {
  kAny,
  kBedrock,
  kSageMaker,
  kGoogle,
  kCohere,
  kOllama,
  kHuggingFace,
  kWatsonx,
  kReplicate,
  kWriter,
  kAlephAlpha,
};

struct KindName {
  std::string_view name;
  HostKind kind;
};
// As configurations name them.
constexpr KindName kKindNames[] = {
    {"bedrock", HostKind::kBedrock},        {"bedrock-agent", HostKind::kBedrock},
    {"aws.bedrock", HostKind::kBedrock},    {"sagemaker", HostKind::kSageMaker},
    {"gemini", HostKind::kGoogle},          {"vertex", HostKind::kGoogle},
    {"google", HostKind::kGoogle},          {"gcp.gemini", HostKind::kGoogle},
    {"gcp.vertex_ai", HostKind::kGoogle},   {"cohere", HostKind::kCohere},
    {"ollama", HostKind::kOllama},          {"huggingface", HostKind::kHuggingFace},
    {"tgi", HostKind::kHuggingFace},        {"watsonx", HostKind::kWatsonx},
    {"ibm.watsonx.ai", HostKind::kWatsonx}, {"replicate", HostKind::kReplicate},
    {"writer", HostKind::kWriter},          {"alephalpha", HostKind::kAlephAlpha},
};

struct HostName {
  std::string_view begins, ends;  ///< Both must hold; of a whole host name.
  HostKind kind;
};
constexpr HostName kHostNames[] = {
    {"bedrock-runtime", "", HostKind::kBedrock},
    {"bedrock-agent-runtime.", "", HostKind::kBedrock},
    {"runtime.sagemaker.", ".amazonaws.com", HostKind::kSageMaker},
    {"", "aiplatform.googleapis.com", HostKind::kGoogle},
    {"", "generativelanguage.googleapis.com", HostKind::kGoogle},
    {"", "api.cohere.com", HostKind::kCohere},
    {"", "api.cohere.ai", HostKind::kCohere},
    {"", "ollama.com", HostKind::kOllama},
    {"ollama", "", HostKind::kOllama},
    {"", "huggingface.cloud", HostKind::kHuggingFace},
    {"", "huggingface.co", HostKind::kHuggingFace},
    {"", "ml.cloud.ibm.com", HostKind::kWatsonx},
    {"", "api.replicate.com", HostKind::kReplicate},
    {"", "api.writer.com", HostKind::kWriter},
    {"", "aleph-alpha.com", HostKind::kAlephAlpha},
};
constexpr std::string_view kOllamaPort = "11434";

struct RouteRow {
  HostKind kind;
  std::string_view path;  ///< How the path ends.
  Api api;
  bool is_stream = false;
  std::string_view holds = {};  ///< What stands somewhere before.
  /// A member that the body must have where the host is not known: others use such paths, too.
  std::string_view member = {};
};

// The first that fits wins: what only one host means stands before what all mean.
constexpr RouteRow kRoutes[] = {
    {HostKind::kBedrock, "/converse", Api::kConverse, false, "/model/"},
    {HostKind::kBedrock, "/converse-stream", Api::kConverse, true, "/model/"},
    {HostKind::kBedrock, "/invoke", Api::kInvoke, false, "/model/"},
    {HostKind::kBedrock, "/invoke-with-response-stream", Api::kInvoke, true, "/model/"},
    {HostKind::kBedrock, "/count-tokens", Api::kCountTokens, false, "/model/"},
    {HostKind::kBedrock, "/text", Api::kInvokeAgent, false, "/agents/"},
    {HostKind::kBedrock, "/retrieveAndGenerate", Api::kRetrieveAndGenerate},
    {HostKind::kBedrock, "/retrieveAndGenerateStream", Api::kRetrieveAndGenerate, true},
    {HostKind::kSageMaker, "/invocations", Api::kInvocations},
    {HostKind::kSageMaker, "/invocations-response-stream", Api::kInvocations, true},
    {HostKind::kOllama, "/api/chat", Api::kOllamaChat},
    {HostKind::kOllama, "/api/generate", Api::kOllamaGenerate},
    {HostKind::kOllama, "/api/embed", Api::kOllamaEmbed},
    {HostKind::kOllama, "/api/embeddings", Api::kOllamaEmbeddings},
    {HostKind::kCohere, "/v1/chat", Api::kCohereChatV1},
    {HostKind::kCohere, "/v2/chat", Api::kCohereChatV2},
    {HostKind::kCohere, "/v1/generate", Api::kCohereGenerateV1},
    {HostKind::kCohere, "/v1/embed", Api::kCohereEmbedV1},
    {HostKind::kCohere, "/v2/embed", Api::kCohereEmbedV2},
    {HostKind::kCohere, "/v1/rerank", Api::kCohereRerankV1},
    {HostKind::kCohere, "/v2/rerank", Api::kCohereRerankV2},
    {HostKind::kWatsonx, "/text/generation", Api::kWatsonxGeneration},
    {HostKind::kWatsonx, "/generation/text", Api::kWatsonxGeneration},
    {HostKind::kWatsonx, "/text/generation_stream", Api::kWatsonxGeneration, true},
    {HostKind::kWatsonx, "/generation/text_stream", Api::kWatsonxGeneration, true},
    {HostKind::kWatsonx, "/text/chat", Api::kChatCompletions},
    {HostKind::kWatsonx, "/text/chat_stream", Api::kChatCompletions, true},
    {HostKind::kReplicate, "/predictions", Api::kPredictions},
    {HostKind::kAlephAlpha, "/complete", Api::kAlephAlphaComplete},
    {HostKind::kWriter, "/v1/chat", Api::kChatCompletions},
    {HostKind::kGoogle, "/interactions", Api::kInteractions},
    // Google's verbs are at home on any host: gateways pass them on.
    {HostKind::kAny, ":generateContent", Api::kGenerateContent},
    {HostKind::kAny, ":streamGenerateContent", Api::kGenerateContent, true},
    {HostKind::kAny, ":countTokens", Api::kCountTokens},
    {HostKind::kAny, ":embedContent", Api::kEmbeddings},
    {HostKind::kAny, ":batchEmbedContents", Api::kEmbeddings},
    {HostKind::kAny, ":rawPredict", Api::kMessages, false, "/anthropic/"},
    {HostKind::kAny, ":streamRawPredict", Api::kMessages, true, "/anthropic/"},
    {HostKind::kAny, ":rawPredict", Api::kChatCompletions, false, "/mistralai/"},
    {HostKind::kAny, ":streamRawPredict", Api::kChatCompletions, true, "/mistralai/"},
    {HostKind::kAny, ":predict", Api::kEmbeddings, false, "embed"},
    {HostKind::kAny, ":predict", Api::kEmbeddings, false, "gecko"},
    {HostKind::kAny, ":predict", Api::kPredict},
    {HostKind::kAny, "/chat/completions", Api::kChatCompletions},
    {HostKind::kAny, "/completions", Api::kChatCompletions, false, "/prompts/"},  // Portkey
    {HostKind::kAny, "/completions", Api::kCompletions},
    {HostKind::kAny, "/responses", Api::kResponses, false, {}, "model"},
    {HostKind::kAny, "/responses/compact", Api::kResponsesCompact},
    {HostKind::kAny, "/responses/input_tokens", Api::kCountTokens},
    {HostKind::kAny, "/v1/messages", Api::kMessages},
    {HostKind::kAny, "/messages/count_tokens", Api::kCountTokens},
    {HostKind::kAny, "/v1/complete", Api::kComplete},
    {HostKind::kAny, "/embeddings", Api::kEmbeddings},
    {HostKind::kAny, "/rerank", Api::kRerank, false, {}, "query"},
    {HostKind::kAny, "/moderations", Api::kModerations},
    {HostKind::kAny, "/images/generations", Api::kImageGenerations},
    {HostKind::kAny, "/images/edits", Api::kImageEdits},
    {HostKind::kAny, "/images", Api::kImageGenerations, false, {}, "prompt"},
    {HostKind::kAny, "/audio/transcriptions", Api::kTranscriptions},
    {HostKind::kAny, "/stt", Api::kTranscriptions, false, {}, "file"},  // xAI
    {HostKind::kAny, "/audio/translations", Api::kTranslations},
    {HostKind::kAny, "/audio/speech", Api::kSpeech},
    {HostKind::kAny, "/generate", Api::kTgiGenerate, false, {}, "inputs"},
    {HostKind::kAny, "/generate_stream", Api::kTgiGenerate, true, {}, "inputs"},
    {HostKind::kAny, "/ocr", Api::kOcr, false, {}, "document"},
};

struct UrlParts {
  std::string_view host, port, path;
};

UrlParts SplitUrl(std::string_view url) {
  UrlParts parts;
  if (size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
    size_t end = url.find_first_of("/?#");
    std::string_view authority = url.substr(0, end);
    url.remove_prefix(authority.size());
    if (size_t at = authority.rfind('@'); at != std::string_view::npos) {
      authority.remove_prefix(at + 1);
    }
    size_t colon = authority.rfind(':');
    bool has_port = colon != std::string_view::npos && !authority.ends_with(']');
    parts.host = authority.substr(0, has_port ? colon : authority.size());
    if (has_port) parts.port = authority.substr(colon + 1);
  }
  parts.path = url.substr(0, url.find_first_of("?#"));
  return parts;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view PercentDecode(std::string_view text, Arena& arena) {
  if (!text.contains('%')) return text;
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  std::string repaired;
  syntax::AppendUtf8Repaired(repaired, decoded);
  return arena.Copy(repaired);
}

HostKind KindOfHost(std::string_view host, std::string_view port) {
  for (const HostName& known : kHostNames) {
    bool begins = StartsWithIgnoreCase(host, known.begins);
    bool ends = host.size() >= known.ends.size() &&
                EqualsIgnoreCase(host.substr(host.size() - known.ends.size()), known.ends);
    if (begins && ends) return known.kind;
  }
  return port == kOllamaPort ? HostKind::kOllama : HostKind::kAny;
}

HostKind FindKind(std::string_view named, const UrlParts& url) {
  for (const KindName& known : kKindNames) {
    if (EqualsIgnoreCase(known.name, named)) return known.kind;
  }
  return named.empty() ? KindOfHost(url.host, url.port) : HostKind::kAny;
}

/// A member of the object itself, not of one inside it. Looks at brackets and strings alone.
bool HasJsonMember(std::string_view json, std::string_view name) {
  size_t depth = 0;
  for (size_t at = 0; at < json.size(); ++at) {
    char c = json[at];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth == 0) return false;
    if (c != '"') continue;
    size_t begin = ++at;
    for (; at < json.size() && json[at] != '"'; ++at) at += json[at] == '\\' ? 1 : 0;
    if (at >= json.size()) return false;
    if (depth != 1 || json.substr(begin, at - begin) != name) continue;
    size_t next = json.find_first_not_of(" \t\r\n", at + 1);
    if (next != std::string_view::npos && json[next] == ':') return true;
  }
  return false;
}

bool HasMember(std::string_view body, std::string_view name) {
  body = Trim(body);
  if (body.starts_with('{')) return HasJsonMember(body, name);
  FormReader form(body);
  while (auto field = form.Next()) {
    if (field->name == name) return true;
  }
  return false;
}

std::string_view Behind(std::string_view text, std::string_view mark) {
  size_t at = text.find(mark);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

/// The model's name in a path, in the order in which the interfaces write it.
std::string_view ModelInPath(std::string_view path, Api api) {
  if (std::string_view name = Behind(path, "/models/"); name.contains(':')) {
    return name.substr(0, name.find(':'));
  }
  if (std::string_view name = Behind(path, "/model/"); name.contains('/')) {
    return name.substr(0, name.rfind('/'));
  }
  std::string_view mark = api == Api::kInvocations ? "/endpoints/" : "/deployments/";
  if (std::string_view name = Behind(path, mark); name.contains('/')) {
    return name.substr(0, name.find('/'));
  }
  std::string_view name = Behind(path, "/models/");
  if (api == Api::kPredictions && name.contains('/')) return name.substr(0, name.rfind('/'));
  if (api == Api::kTgiGenerate) return name;
  return {};
}

std::string_view SegmentBehind(std::string_view path, std::string_view mark) {
  std::string_view rest = Behind(path, mark);
  return rest.substr(0, rest.find('/'));
}

/// Bedrock's agents that come with the call: /agents/SESSION and nothing more. With a slash at the
/// end it is no call: that prepares the agent of this id.
bool IsInlineAgent(HostKind kind, std::string_view path) {
  std::string_view session = Behind(path, "/agents/");
  return kind == HostKind::kBedrock && !session.empty() && !session.contains('/');
}

void ReadAgent(std::string_view path, bool is_inline, Route& route) {
  route.session = SegmentBehind(path, is_inline ? "/agents/" : "/sessions/");
  if (!is_inline) route.agent_id = SegmentBehind(path, "/agents/");
}

}  // namespace

Route FindRoute(const ProviderRequest& request, Arena& arena) {
  Route route;
  if (!EqualsIgnoreCase(request.method, "POST")) return route;
  UrlParts url = SplitUrl(request.url);
  const std::string_view whole_path = PercentDecode(url.path, arena);
  std::string_view path = whole_path;
  while (path.ends_with('/')) path.remove_suffix(1);
  HostKind kind = FindKind(request.kind, url);
  route.provider = model::ProviderFromHost(url.host);
  bool is_known = !route.provider.empty() || !request.kind.empty();
  for (const RouteRow& row : kRoutes) {
    if (row.kind != HostKind::kAny && row.kind != kind) continue;
    if (!path.ends_with(row.path)) continue;
    if (!row.holds.empty() && !path.contains(row.holds)) continue;
    bool is_told = row.member.empty() || (is_known && row.api != Api::kTgiGenerate);
    if (!is_told && !HasMember(request.body, row.member)) continue;
    route.api = row.api;
    route.asks_for_stream = row.is_stream;
    break;
  }
  // Assistants' threads end like the others, and are runs that are asked for later.
  if (path.contains("/threads/")) route.api = Api::kNone;
  if (route.api == Api::kNone && kind == HostKind::kHuggingFace &&
      Trim(request.body).starts_with('{') && HasMember(request.body, "inputs")) {
    route.api = Api::kTgiGenerate;
  }
  const bool is_inline_agent = route.api == Api::kNone && IsInlineAgent(kind, whole_path);
  if (is_inline_agent) route.api = Api::kInvokeAgent;
  if (route.api == Api::kNone) return {};
  if (route.api == Api::kInvokeAgent) ReadAgent(path, is_inline_agent, route);
  if (route.provider.empty() && !request.kind.empty()) {
    route.provider = model::CanonicalProvider(request.kind);
  }
  if (kind == HostKind::kOllama && route.provider.empty()) route.provider = "ollama";
  if (kind == HostKind::kHuggingFace) route.provider = "huggingface";
  if (kind == HostKind::kSageMaker) route.provider = "sagemaker";
  route.model = ModelInPath(path, route.api);
  return route;
}

}  // namespace vitrine::codecs::providers
