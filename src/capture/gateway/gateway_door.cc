#include "capture/gateway/gateway_door.h"

#include <algorithm>

#include "capture/gateway/caller_wishes.h"
#include "capture/gateway/new_recording.h"
#include "capture/gateway/recorder.h"
#include "net/http_error.h"
#include "net/page_origin.h"

namespace vitrine::capture {

namespace {

constexpr std::string_view kPrefix = "/gateway/";

std::string HintFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return "use /gateway/NAME and then the path as the provider has it; more names come from "
             "[gateway.upstreams.NAME] url = \"…\"";
    case ErrorCode::kUnsupported:
      return "name the host in gateway.allowed_targets, or give it a name in [gateway.upstreams]";
    case ErrorCode::kCancelled:
      return "send a virtual key, or one of [[gateway.keys]], where the provider's goes";
    default: return "see docs/gateway.md";
  }
}

/// Errors of Find have a meaning of their own: kUnsupported is a target that is not allowed,
/// kCancelled a key that is missing or does not reach so far.
int StatusOf(const Error& error) {
  if (error.code == ErrorCode::kUnsupported) return 403;
  if (error.code == ErrorCode::kCancelled) return 401;
  return net::HttpStatusOf(error.code);
}

}  // namespace

Result<std::unique_ptr<GatewayDoor>> GatewayDoor::Open(GatewayOptions options,
                                                       pipeline::SpanSink& sink,
                                                       pipeline::IngestStats& stats,
                                                       const pipeline::PriceBook& prices,
                                                       Admission admission) {
  TRY_ASSIGN(std::shared_ptr<net::UpstreamTls> tls, net::UpstreamTls::Create(options.ca_file));
  TRY_ASSIGN(auto upstreams, upstream::UpstreamTable::Create(options.upstreams, std::move(tls)));
  TRY_ASSIGN(auto allowed, upstream::HostAllowList::Parse(options.allowed_targets));
  TRY_ASSIGN(auto guardrails, Guardrails::Create(std::move(options.guardrails)));
  return std::unique_ptr<GatewayDoor>(new GatewayDoor(options, std::move(upstreams),
                                                      std::move(allowed), std::move(guardrails),
                                                      sink, stats, prices, std::move(admission)));
}

GatewayDoor::GatewayDoor(const GatewayOptions& options, upstream::UpstreamTable upstreams,
                         upstream::HostAllowList allowed, Guardrails guardrails,
                         pipeline::SpanSink& sink, pipeline::IngestStats& stats,
                         const pipeline::PriceBook& prices, Admission admission)
    : timeouts_(options.timeouts),
      upstreams_(std::move(upstreams)),
      allowed_(std::move(allowed)),
      keys_(options.keys, options.virtual_keys, options.limit_use),
      guardrails_(std::move(guardrails)),
      prices_(prices),
      admission_(std::move(admission)),
      check_host_(options.check_host),
      limits_(options.limits, options.limit_use),
      cache_(options.cache_bytes_max),
      queue_(options.recording_bytes_max,
             [&stats](const Recording& lost) { CountUnrecorded(stats, lost.project, 1); }),
      writer_(queue_, sink, stats, options.pace) {}

void GatewayDoor::Stop() {
  delays_.Stop();
  writer_.Stop();
}

Result<bool> GatewayDoor::Knows(const net::HttpRequest& head) const {
  if (!head.target.starts_with(kPrefix)) return false;
  TRY_ASSIGN(const auto key, keys_.Find(head.headers, head.target));
  return key != nullptr;
}

net::HttpResponse GatewayDoor::RefusalOf(const Error& error, const std::string& request_id) {
  const std::string_view code = error.code == ErrorCode::kCancelled     ? "unauthenticated"
                                : error.code == ErrorCode::kUnsupported ? "forbidden"
                                                                        : ErrorCodeName(error.code);
  return net::HttpErrorResponse(StatusOf(error), code, error.message, request_id,
                                HintFor(error.code));
}

Result<std::shared_ptr<const upstream::Route>> GatewayDoor::RouteToTarget(
    const std::string& url, const upstream::Route& named) const {
  const upstream::Upstream& known = *named.targets.front().upstream;
  TRY_ASSIGN(upstream::Upstream target,
             upstream::ParseUpstream("the target's URL", known.kind, url, upstreams_.tls()));
  if (!allowed_.Allows(target.endpoint->host)) {
    return Fail(ErrorCode::kUnsupported,
                "a header names '" + target.endpoint->host + "', which is not an allowed target");
  }
  target.name = known.name;
  auto route = std::make_shared<upstream::Route>();
  route->name = named.name;
  route->policy = named.policy;
  route->targets.push_back({std::make_shared<const upstream::Upstream>(std::move(target)), "", 1});
  return route;
}

Result<void> GatewayDoor::Admit(const net::HttpRequest& head, Destination& destination) const {
  TRY_ASSIGN(destination.key, keys_.Find(head.headers, head.target));
  if (destination.key != nullptr) {
    if (!destination.key->provider_key.empty())
      TRY(upstreams_.CheckTakesKey(destination.route->name));
    if (!destination.key->allows_upstream(destination.route->name)) {
      return Fail(ErrorCode::kCancelled, "the key '" + destination.key->name +
                                             "' does not reach '" + destination.route->name + "'");
    }
    destination.project = destination.key->project;
    return {};
  }
  // A provider's key that the server holds is spent in the name of one of its own keys, if it has
  // any.
  const bool spends_ours =
      std::ranges::any_of(destination.route->targets, [](const upstream::Target& target) {
        return !target.upstream->key.empty() || target.upstream->aws != nullptr;
      });
  if (keys_.has_configured() && spends_ours) {
    return Fail(ErrorCode::kCancelled,
                "'" + destination.route->name + "' asks for a key of this gateway");
  }
  if (spends_ours) TRY(CheckPage(head, *destination.route));
  TRY_ASSIGN(destination.project, admission_(head));
  return {};
}

/// A provider's key that anybody on this machine may spend is not for every page of the web. The
/// provider's answer may let pages read it, so what a page only reads counts, too.
Result<void> GatewayDoor::CheckPage(const net::HttpRequest& head,
                                    const upstream::Route& route) const {
  if (net::HasForeignOrigin(head)) {
    return Fail(ErrorCode::kCancelled,
                "a page of another origin may not spend the key of '" + route.name + "'");
  }
  if (!check_host_) return {};
  if (const auto checked = check_host_(head); !checked)
    return Fail(ErrorCode::kCancelled, checked.error().message);
  return {};
}

Result<GatewayDoor::Destination> GatewayDoor::Find(const net::HttpRequest& head,
                                                   const std::string& target_url) const {
  Destination destination;
  const std::string_view target = std::string_view(head.target).substr(kPrefix.size());
  TRY_ASSIGN(upstream::FoundRoute found, upstreams_.Find(target));
  destination.route = std::move(found.route);
  TRY(Admit(head, destination));
  if (!target_url.empty()) {
    if (destination.key != nullptr && !destination.key->provider_key.empty()) {
      return Fail(ErrorCode::kUnsupported, "a header names another target, and the virtual key '" +
                                               destination.key->name + "' is for '" +
                                               destination.route->name + "' alone");
    }
    TRY_ASSIGN(destination.route, RouteToTarget(target_url, *destination.route));
    destination.is_named_by_caller = true;
  }
  if (!found.rest.starts_with('/')) destination.rest = "/";
  destination.rest += found.rest;
  return destination;
}

bool GatewayDoor::NeedsWholeRequest(const Destination& destination) const {
  return destination.route->needs_whole_request() || !limits_.empty() ||
         guardrails_.has_for_requests() || guardrails_.has_for_answers() ||
         (destination.key != nullptr &&
          (!destination.key->models.empty() || destination.key->limits != nullptr));
}

std::optional<net::RelayPlan> GatewayDoor::Plan(const net::HttpRequest& head) {
  if (!head.target.starts_with(kPrefix) || head.method == "CONNECT") return std::nullopt;
  auto destination = Find(head, TargetUrlOf(head.headers));
  if (!destination || NeedsWholeRequest(*destination)) return std::nullopt;
  // A WebSocket has no answer that could be kept or asked for again.
  const bool is_socket =
      net::EqualsIgnoringCase(head.headers.First("upgrade").value_or(""), "websocket");
  if (!is_socket && ReadWishes(head.headers).any()) return std::nullopt;
  const std::shared_ptr<const upstream::Upstream>& upstream =
      destination->route->targets.front().upstream;
  net::RelayPlan plan;
  plan.upstream = {upstream, upstream->endpoint.get()};
  plan.method = head.method;
  plan.target = upstream->base_path + destination->rest;
  plan.upgrade_protocol = "websocket";
  plan.timeouts = timeouts_;
  if (destination->is_named_by_caller) plan.address_check = upstream::IsPublicAddress;
  plan.headers = HeadersFor(*upstream, head.headers);
  auto recording = MakeRecording(queue_, head.method, plan.target, head.headers);
  recording->project = std::move(destination->project);
  recording->upstream = upstream;
  recording->key = destination->key;
  ReplaceCredentials(*upstream, destination->key.get(), plan.headers, plan.target);
  plan.observer = std::make_shared<Recorder>(queue_, std::move(recording));
  return plan;
}

void GatewayDoor::Handle(net::HttpRequest request, net::HttpResponder responder) {
  CallContext context = ReadContext(request.headers);
  auto destination = Find(request, context.target_url);
  if (!destination) {
    return responder.Send(RefusalOf(destination.error(), request.request_id));
  }
  CallStart start;
  start.route = std::move(destination->route);
  start.rest = std::move(destination->rest);
  start.project = std::move(destination->project);
  start.context = std::move(context);
  start.key = destination->key;
  if (destination->is_named_by_caller) start.address_check = upstream::IsPublicAddress;
  start.wishes = ReadWishes(request.headers);
  start.request = std::move(request);
  const CallServices services{.queue = queue_,
                              .delays = delays_,
                              .cache = cache_,
                              .limits = limits_,
                              .caller_limits = caller_limits_,
                              .guardrails = guardrails_,
                              .prices = prices_,
                              .timeouts = timeouts_};
  std::make_shared<CallRun>(services, std::move(start))->Begin(std::move(responder));
}

void GatewayDoor::AddRoutes(net::Router& router) {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    router.Add(method, "/gateway/{rest...}",
               [this](net::HttpRequest request, net::HttpResponder responder) {
                 Handle(std::move(request), std::move(responder));
               });
  }
}

}  // namespace vitrine::capture
