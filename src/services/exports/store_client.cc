#include "services/exports/store_client.h"

#include <algorithm>
#include <utility>

#include "services/exports/limits.h"
#include "syntax/json/utf8.h"
#include "upstream/aws_signature.h"

namespace vitrine::exports {

namespace {

net::HttpClientOptions OptionsOf(const upstream::Upstream& endpoint) {
  net::HttpClientOptions options;
  options.endpoint.host = endpoint.endpoint->host;
  options.endpoint.port = endpoint.endpoint->port;
  options.endpoint.tls = endpoint.endpoint->tls;
  options.connect_timeout_ms = kStorageConnectMs;
  options.io_timeout_ms = kStorageIoMs;
  options.connections_kept_max = 1;
  options.response_bytes_max = kAnswerBytesMax;
  return options;
}

std::string Unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&amp;", '&'},   {"&lt;", '<'},  {"&gt;", '>'},  {"&quot;", '"'},
      {"&apos;", '\''}, {"&#34;", '"'}, {"&#39;", '\''}};
  std::string plain;
  while (!text.empty()) {
    const auto entity = std::ranges::find_if(
        kEntities, [&](const auto& known) { return text.starts_with(known.first); });
    const bool is_entity = entity != std::end(kEntities);
    plain += is_entity ? entity->second : text[0];
    text.remove_prefix(is_entity ? entity->first.size() : 1);
  }
  return plain;
}

}  // namespace

StoreClient::StoreClient(ObjectStore store, const upstream::Upstream& endpoint,
                         platform::Clock& clock)
    : store_(std::move(store)),
      base_(endpoint.base_path),
      authority_(endpoint.authority),
      clock_(clock),
      client_(OptionsOf(endpoint)) {}

std::string StoreClient::KeyOf(const std::string& path) const {
  std::string key;
  for (std::string_view rest : {std::string_view(store_.prefix), std::string_view(path)}) {
    while (!rest.empty()) {
      const std::string_view segment = rest.substr(0, rest.find('/'));
      rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
      if (!segment.empty()) key.append(key.empty() ? "" : "/").append(segment);
    }
  }
  return key;
}

/// The path of an object: each segment escaped, as S3 signs it.
std::string StoreClient::TargetOf(const std::string& path) const {
  std::string target = base_ + "/" + net::PercentEncode(store_.bucket);
  if (path.empty()) return target;
  const std::string key = KeyOf(path);
  for (std::string_view rest = key; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
    target.append("/").append(net::PercentEncode(segment));
  }
  return target;
}

Result<net::HttpResponse> StoreClient::Send(const StoreRequest& request) {
  net::HttpClientRequest sent;
  sent.method = request.method;
  sent.target = TargetOf(request.key) + (request.query.empty() ? "" : "?" + request.query);
  sent.body = request.body;
  sent.stop = request.stop;
  sent.total_timeout_ms = request.total_timeout_ms;
  sent.headers.Add("host", authority_);
  sent.headers.Add("content-type", "application/octet-stream");
  upstream::SignForAws(store_.credentials, "s3", clock_.Now(),
                       {sent.method, sent.target, sent.body}, sent.headers);
  TRY_ASSIGN(net::HttpResponse answer, client_.Send(sent));
  if (answer.status >= 200 && answer.status < 300) return answer;
  return Fail(ErrorCode::kUnavailable, "the storage answered " + std::to_string(answer.status) +
                                           ": " + StoreWords(answer.body));
}

std::string StoreWords(std::string_view body) {
  std::string said;
  syntax::AppendUtf8Repaired(said, body.substr(0, kErrorBytesShown));
  std::ranges::replace_if(said, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return said;
}

std::optional<std::string> NextElement(std::string_view xml, std::string_view name, size_t& at) {
  const std::string open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
  const size_t begin = xml.find(open, at);
  if (begin == std::string_view::npos) return std::nullopt;
  const size_t end = xml.find(close, begin);
  if (end == std::string_view::npos) return std::nullopt;
  at = end + close.size();
  return Unescaped(xml.substr(begin + open.size(), end - begin - open.size()));
}

}  // namespace vitrine::exports
