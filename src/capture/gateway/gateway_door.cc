#include "capture/gateway/gateway_door.h"

#include "capture/gateway/recorder.h"
#include "capture/gateway/secret_headers.h"
#include "net/http_error.h"
#include "platform/clock.h"
#include "platform/random.h"

namespace vitrine::capture {

namespace {

constexpr std::string_view kPrefix = "/gateway/";

/// Ids of new traces and spans: random, never zero.
template <typename Id>
Id NewId() {
  thread_local platform::SeededRandom random(platform::SystemRandom().Next64());
  Id id;
  do random.Fill(id.bytes.data(), id.bytes.size());
  while (!id);
  return id;
}

std::string HintFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return "use /gateway/NAME and then the path as the provider has it; more names come from "
             "[gateway.upstreams.NAME] url = \"…\"";
    case ErrorCode::kUnsupported:
      return "name the host in gateway.allowed_targets, or give it a name in [gateway.upstreams]";
    default: return "see docs/gateway.md";
  }
}

int StatusOf(const Error& error) {
  return error.code == ErrorCode::kUnsupported ? 403 : net::HttpStatusOf(error.code);
}

}  // namespace

Result<std::unique_ptr<GatewayDoor>> GatewayDoor::Open(const GatewayOptions& options,
                                                       pipeline::SpanSink& sink,
                                                       pipeline::IngestStats& stats,
                                                       Admission admission) {
  TRY_ASSIGN(std::shared_ptr<net::UpstreamTls> tls, net::UpstreamTls::Create(options.ca_file));
  TRY_ASSIGN(auto upstreams, upstream::UpstreamTable::Create(options.upstreams, std::move(tls)));
  TRY_ASSIGN(auto allowed, upstream::HostAllowList::Parse(options.allowed_targets));
  return std::unique_ptr<GatewayDoor>(new GatewayDoor(
      options, std::move(upstreams), std::move(allowed), sink, stats, std::move(admission)));
}

GatewayDoor::GatewayDoor(const GatewayOptions& options, upstream::UpstreamTable upstreams,
                         upstream::HostAllowList allowed, pipeline::SpanSink& sink,
                         pipeline::IngestStats& stats, Admission admission)
    : timeouts_(options.timeouts),
      upstreams_(std::move(upstreams)),
      allowed_(std::move(allowed)),
      admission_(std::move(admission)),
      queue_(options.recording_bytes_max),
      writer_(queue_, sink, stats) {}

Result<std::shared_ptr<const upstream::Upstream>> GatewayDoor::TargetOf(
    const std::string& url, const upstream::Upstream& named) const {
  TRY_ASSIGN(upstream::Upstream target,
             upstream::ParseUpstream("the target's URL", named.kind, url, upstreams_.tls()));
  if (!allowed_.Allows(target.endpoint->host)) {
    return Fail(ErrorCode::kUnsupported,
                "a header names '" + target.endpoint->host + "', which is not an allowed target");
  }
  target.name = named.name;
  return std::make_shared<const upstream::Upstream>(std::move(target));
}

Result<GatewayDoor::Destination> GatewayDoor::Find(const net::HttpRequest& head,
                                                   const CallContext& context) const {
  Destination destination;
  TRY_ASSIGN(destination.project, admission_(head));
  const std::string_view target = std::string_view(head.target).substr(kPrefix.size());
  TRY_ASSIGN(upstream::FoundUpstream found, upstreams_.Find(target));
  destination.upstream = std::move(found.upstream);
  if (!context.target_url.empty()) {
    TRY_ASSIGN(destination.upstream, TargetOf(context.target_url, *destination.upstream));
    destination.is_named_by_caller = true;
  }
  destination.target = destination.upstream->base_path;
  if (!found.rest.starts_with('/')) destination.target += '/';
  destination.target += found.rest;
  return destination;
}

std::optional<net::RelayPlan> GatewayDoor::Plan(const net::HttpRequest& head) {
  if (!head.target.starts_with(kPrefix) || head.method == "CONNECT") return std::nullopt;
  CallContext context = ReadContext(head.headers);
  auto destination = Find(head, context);
  if (!destination) return std::nullopt;
  if (!context.trace_id) context.trace_id = NewId<TraceId>();

  net::RelayPlan plan;
  plan.upstream = {destination->upstream, destination->upstream->endpoint.get()};
  plan.method = head.method;
  plan.target = destination->target;
  plan.upgrade_protocol = "websocket";
  plan.timeouts = timeouts_;
  if (destination->is_named_by_caller) plan.address_check = upstream::IsPublicAddress;
  plan.headers.Reserve(head.headers.size());
  plan.headers.Add("Host", destination->upstream->authority);
  auto recording = std::make_unique<Recording>();
  recording->request_headers.Reserve(head.headers.size());
  for (const net::HttpHeader& header : head.headers) {
    if (IsGatewayHeader(header.name) || net::EqualsIgnoringCase(header.name, "host")) continue;
    plan.headers.Add(header.name, header.value);
    if (!IsSecretHeader(header.name)) recording->request_headers.Add(header.name, header.value);
  }
  recording->project = std::move(destination->project);
  recording->context = std::move(context);
  recording->upstream = std::move(destination->upstream);
  recording->span_id = NewId<SpanId>();
  recording->started = platform::SystemClock().Now();
  recording->method = head.method;
  recording->secrets = SecretsOf(head.headers, destination->target);
  recording->target = std::move(destination->target);
  plan.observer = std::make_shared<Recorder>(queue_, std::move(recording));
  return plan;
}

void GatewayDoor::AddRoutes(net::Router& router) {
  const net::HttpHandler explain = [this](net::HttpRequest request, net::HttpResponder responder) {
    auto destination = Find(request, ReadContext(request.headers));
    if (destination) {
      return responder.Send(net::HttpErrorResponse(405, "unsupported",
                                                   request.method + " cannot be relayed",
                                                   request.request_id, "see docs/gateway.md"));
    }
    const Error& error = destination.error();
    responder.Send(net::HttpErrorResponse(StatusOf(error), ErrorCodeName(error.code), error.message,
                                          request.request_id, HintFor(error.code)));
  };
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    router.Add(method, "/gateway/{rest...}", explain);
}

}  // namespace vitrine::capture
