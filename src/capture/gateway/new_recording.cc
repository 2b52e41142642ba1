#include "capture/gateway/new_recording.h"

#include "capture/gateway/call_keys.h"
#include "capture/gateway/recorder.h"
#include "capture/gateway/secret_headers.h"
#include "platform/clock.h"
#include "platform/random.h"

namespace vitrine::capture {

namespace {

/// Ids of new traces and spans: random, never zero.
template <typename Id>
Id NewId() {
  thread_local platform::SeededRandom random(platform::SystemRandom().Next64());
  Id id;
  do random.Fill(id.bytes.data(), id.bytes.size());
  while (!id);
  return id;
}

/// Adds the server's own credentials, which an upstream may echo as well. `key` may be null.
void AddSecretsOf(const upstream::Upstream& upstream, const CallKey* key,
                  std::vector<std::string>& secrets) {
  const std::string& provider_key = ProviderKeyOf(upstream, key);
  if (!provider_key.empty()) secrets.push_back(provider_key);
  if (upstream.aws == nullptr) return;
  // Errors of AWS show what should have been signed.
  secrets.push_back(upstream.aws->secret_access_key);
  if (!upstream.aws->session_token.empty()) secrets.push_back(upstream.aws->session_token);
}

}  // namespace

std::unique_ptr<Recording> MakeRecording(RecordingQueue& queue, std::string_view method,
                                         std::string_view target, const net::HttpHeaders& headers) {
  auto recording = queue.New();
  recording->span_id = NewId<SpanId>();
  recording->started = platform::SystemClock().Now();
  recording->method = method;
  recording->target = target;
  recording->request_headers = headers;
  return recording;
}

void ReadHead(Recording& recording) {
  if (recording.context) return;
  const net::HttpHeaders head = std::move(recording.request_headers);
  recording.context = std::make_unique<CallContext>(ReadContext(head));
  CallContext& context = *recording.context;
  if (!context.trace_id) context.trace_id = NewId<TraceId>();
  if (recording.key != nullptr)
    context.properties.emplace_back("vitrine.gateway.key", recording.key->name);
  recording.secrets = SecretsOf(head, recording.target);
  AddSecretsOf(*recording.upstream, recording.key.get(), recording.secrets);
  recording.request_headers = net::HttpHeaders();
  recording.request_headers.Reserve(head.size(), head.bytes());
  for (const net::HttpHeader& header : head) {
    if (!IsGatewayHeader(header.name) && !IsSecretHeader(header.name))
      recording.request_headers.Add(header.name, header.value);
  }
}

net::HttpHeaders HeadersFor(const upstream::Upstream& upstream, const net::HttpHeaders& headers) {
  net::HttpHeaders kept;
  kept.Reserve(headers.size() + 1, headers.bytes() + upstream.authority.size() + 4);
  kept.Add("Host", upstream.authority);
  for (const net::HttpHeader& header : headers) {
    if (!IsGatewayHeader(header.name) && !net::EqualsIgnoringCase(header.name, "host"))
      kept.Add(header.name, header.value);
  }
  return kept;
}

void RecordWhole(RecordingQueue& queue, std::unique_ptr<Recording> recording,
                 const std::string& request_body, const std::string& response_body,
                 std::vector<Recording::Piece> pieces) {
  const net::RelayEnd end = recording->end;
  const int64_t ended_ns = recording->ended_ns;
  const int status = recording->status;
  const net::HttpHeaders headers = recording->response_headers;
  Recorder recorder(queue, std::move(recording));
  recorder.OnRequestBody(request_body, 0);
  recorder.OnResponseHead(status, headers, 0);
  uint64_t begin = 0;
  for (const Recording::Piece& piece : pieces) {
    recorder.OnResponseBody(std::string_view(response_body).substr(begin, piece.end - begin),
                            piece.read_ns);
    begin = piece.end;
  }
  recorder.End(end, ended_ns);
}

}  // namespace vitrine::capture
