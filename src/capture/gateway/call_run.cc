#include "capture/gateway/call_run.h"

#include <algorithm>
#include <charconv>

#include "capture/gateway/answer_text.h"
#include "capture/gateway/limits.h"
#include "capture/gateway/new_recording.h"
#include "capture/gateway/secret_headers.h"
#include "capture/gateway/usage_chunk.h"
#include "pipeline/price_span.h"
#include "platform/clock.h"
#include "platform/random.h"
#include "syntax/json/json_writer.h"

namespace vitrine::capture {

namespace {

using model::GuardrailResult;
using net::RelayEndReason;

/// What another attempt may change: too many requests, a fault of the provider, no connection.
bool IsWorthRepeating(const net::RelayAttempt& attempt) {
  if (attempt.reason != RelayEndReason::kComplete)
    return attempt.reason != RelayEndReason::kUpstreamForbidden;
  const int status = attempt.status;
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

/// What the provider asks to wait; nothing where it does not say.
std::optional<int64_t> RetryAfterMs(const net::HttpHeaders* headers) {
  if (headers == nullptr) return std::nullopt;
  const auto number = [headers](std::string_view name) -> std::optional<double> {
    const auto text = headers->First(name);
    double value = 0;
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    const bool is_whole = error == std::errc() && end == text->data() + text->size();
    return is_whole && value >= 0 && value < 1e9 ? std::optional(value) : std::nullopt;
  };
  if (const auto ms = number("retry-after-ms")) return static_cast<int64_t>(*ms);
  if (const auto s = number("retry-after")) return static_cast<int64_t>(*s * 1000);
  return std::nullopt;
}

platform::SeededRandom& Dice() {
  thread_local platform::SeededRandom dice(platform::SystemRandom().Next64());
  return dice;
}

/// Doubles with each try; half of it is left to chance, so that clients do not come in step.
int64_t BackoffMs(unsigned tries) {
  const int64_t most = std::min(kRetryDelayMaxMs, kRetryDelayMinMs << std::min(tries, 10u));
  return most / 2 + static_cast<int64_t>(Dice().Below(static_cast<uint64_t>(most / 2 + 1)));
}

upstream::RoutePolicy PolicyOf(const CallStart& start) {
  upstream::RoutePolicy policy = start.route->policy;
  if (start.wishes.retries) policy.retries = *start.wishes.retries;
  if (start.wishes.cache_ttl_ms) {
    // What callers share is kept as long as it is configured; what one asks for is that one's.
    if (policy.cache_ttl_ms == 0) policy.cache_scope = upstream::CacheScope::kUser;
    policy.cache_ttl_ms = policy.cache_ttl_ms == 0
                              ? *start.wishes.cache_ttl_ms
                              : std::min(policy.cache_ttl_ms, *start.wishes.cache_ttl_ms);
  }
  return policy;
}

/// As the caller wants it; a part is left to chance as well.
int64_t BackoffMs(const CallerWishes& wishes, unsigned tries) {
  double delay = static_cast<double>(wishes.retry_min_ms);
  for (unsigned i = 0; i < tries; ++i) delay *= wishes.retry_factor;
  const auto most = static_cast<int64_t>(std::min(delay, static_cast<double>(wishes.retry_max_ms)));
  return most / 2 + static_cast<int64_t>(Dice().Below(static_cast<uint64_t>(most / 2 + 1)));
}

/// The order in which targets are tried: as configured, or the first drawn by weight.
std::vector<size_t> OrderOf(const upstream::Route& route) {
  std::vector<size_t> order(route.targets.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  uint64_t total = 0;
  for (const upstream::Target& target : route.targets) total += target.weight;
  if (!route.policy.is_weighted || total == 0) return order;
  uint64_t drawn = Dice().Below(total);
  size_t first = 0;
  while (drawn >= route.targets[first].weight) drawn -= route.targets[first++].weight;
  std::rotate(order.begin(), order.begin() + static_cast<ptrdiff_t>(first),
              order.begin() + static_cast<ptrdiff_t>(first) + 1);
  return order;
}

/// An error as clients of that interface read it.
std::string ErrorBody(std::string_view kind, std::string_view type, std::string_view code,
                      const std::string& message) {
  std::string body;
  syntax::JsonWriter json(body);
  json.BeginObject();
  if (kind == "anthropic") json.Member("type", "error");
  json.Key("error").BeginObject().Member("message", message).Member("type", type);
  if (kind != "anthropic") {
    json.Key("param").Null();
    json.Member("code", code);
  }
  json.EndObject().EndObject();
  return body;
}

/// Headers of an answer that are made anew when it is given again.
net::HttpHeaders WithoutFraming(const net::HttpHeaders& headers) {
  net::HttpHeaders kept;
  for (const net::HttpHeader& header : headers) {
    const bool is_framing = net::EqualsIgnoringCase(header.name, "content-length") ||
                            net::EqualsIgnoringCase(header.name, "transfer-encoding") ||
                            net::EqualsIgnoringCase(header.name, "connection") ||
                            net::EqualsIgnoringCase(header.name, "keep-alive") ||
                            net::EqualsIgnoringCase(header.name, "trailer") ||
                            net::EqualsIgnoringCase(header.name, "date");
    if (!is_framing) kept.Add(header.name, header.value);
  }
  return kept;
}

/// A copy of a recorded answer; times since the request's head.
std::unique_ptr<CachedAnswer> CopyAnswer(const Recording& recording) {
  auto answer = std::make_unique<CachedAnswer>();
  answer->status = recording.status;
  answer->headers = WithoutFraming(recording.response_headers);
  answer->body = recording.response_body;
  answer->pieces = recording.pieces;
  for (Recording::Piece& piece : answer->pieces) piece.read_ns -= recording.end.times.accepted_ns;
  return answer;
}

/// Takes the usage out that the client did not ask for.
void LeaveOutUsage(CachedAnswer& answer) {
  const auto filter = UsageChunkFilterFor(answer.status, answer.headers);
  if (filter == nullptr) return;
  std::string body;
  uint64_t begin = 0;
  for (Recording::Piece& piece : answer.pieces) {
    filter->Take(std::string_view(answer.body).substr(begin, piece.end - begin), body);
    begin = std::exchange(piece.end, body.size());
  }
  filter->End(body);
  if (!answer.pieces.empty()) answer.pieces.back().end = body.size();
  answer.body = std::move(body);
}

/// Sends an answer piece by piece, at the pace it once came. All of them share the queue's thread,
/// so nobody's client is waited for: who reads slowly is asked again a little later.
void SendPiece(DelayQueue& delays, std::shared_ptr<net::HttpStream> stream,
               std::shared_ptr<const CachedAnswer> answer, size_t index, int64_t began_ns) {
  const std::vector<Recording::Piece>& pieces = answer->pieces;
  if (index == pieces.size()) return stream->End();
  const int64_t due_ms = pieces[index].read_ns / 1'000'000;
  const int64_t passed_ms = (net::MonotonicNanos() - began_ns) / 1'000'000;
  delays.After(
      std::max<int64_t>(0, due_ms - passed_ms), [&delays, stream, answer, index, began_ns] {
        const uint64_t begin = index == 0 ? 0 : answer->pieces[index - 1].end;
        const auto piece =
            std::string_view(answer->body).substr(begin, answer->pieces[index].end - begin);
        const Result<void> written = stream->TryWrite(piece);
        if (written) return SendPiece(delays, stream, answer, index + 1, began_ns);
        if (written.error().code == ErrorCode::kLimitExceeded)
          delays.After(kSlowReaderMs, [&delays, stream, answer, index, began_ns] {
            SendPiece(delays, stream, answer, index, began_ns);
          });
      });
}

}  // namespace

CallRun::CallRun(CallServices services, CallStart start)
    : services_(services),
      start_(std::move(start)),
      policy_(PolicyOf(start_)),
      body_(start_.request.body),
      order_(OrderOf(*start_.route)) {}

void CallRun::Begin(net::HttpResponder responder) {
  glance_ = GlanceAt(*target().upstream, start_.request.method, start_.rest, start_.request.headers,
                     *body_);
  if (!IsAllowed(responder) || AnswerFromCache(responder) || !IsWithinWish(responder) ||
      !IsWithinLimits(responder))
    return;
  Attempt(std::move(responder));
}

bool CallRun::IsAllowed(net::HttpResponder& responder) {
  if (start_.key != nullptr && glance_.is_model_call && !start_.key->allows_model(glance_.model)) {
    Refuse(responder, 403, "permission_error",
           "the key '" + start_.key->name + "' may not ask the model '" + glance_.model + "'",
           "key");
    return false;
  }
  if (!services_.guardrails.has_for_requests() || !glance_.is_model_call) return true;
  verdict_ = services_.guardrails.CheckRequest(*body_, glance_.model, glance_.tokens_estimated);
  if (verdict_.result == GuardrailResult::kBlock) {
    Refuse(responder, 400, "invalid_request_error", verdict_.message, "guardrail");
    return false;
  }
  if (!verdict_.body.empty()) body_ = std::make_shared<const std::string>(verdict_.body);
  return true;
}

bool CallRun::IsWithinWish(net::HttpResponder& responder) {
  if (!start_.wishes.rate || !glance_.is_model_call) return true;
  const RateWish& wish = *start_.wishes.rate;
  const auto subject = SubjectOf(wish, start_.request.headers);
  if (!subject) return true;
  wish_limits_ = services_.caller_limits.Find(start_.project, wish);
  const int64_t now_ms = platform::SystemClock().Now().since_epoch / 1'000'000;
  LimitSubject counted;
  counted.user = *subject;
  auto reserved = wish_limits_->Reserve(counted, EstimateUse(), now_ms);
  if (!reserved) {
    const int64_t wait_ms = reserved.error().retry_after_ms;
    wish_limits_ = nullptr;
    for (const net::HttpHeader& header : WishHeaders(0, wait_ms))
      responder.AddHeader(std::string(header.name), std::string(header.value));
    Refuse(responder, 429, "rate_limit_error", reserved.error().message, "limit", wait_ms);
    return false;
  }
  wish_reservation_ = std::move(*reserved);
  if (wish_reservation_.parts.empty()) return true;
  const LimitReservation::Part& part = wish_reservation_.parts[0];
  const auto used = wish.is_cents ? static_cast<uint64_t>(part.used.cost.nano_usd / kNanosPerCent)
                                  : part.requests;
  wish_headers_ = WishHeaders(wish.count - std::min(wish.count, used), part.reset_ms);
  return true;
}

net::HttpHeaders CallRun::WishHeaders(uint64_t left, int64_t reset_ms) const {
  const RateWish& wish = *start_.wishes.rate;
  net::HttpHeaders headers;
  headers.Add("helicone-ratelimit-limit", std::to_string(wish.count));
  headers.Add("helicone-ratelimit-remaining", std::to_string(left));
  headers.Add("helicone-ratelimit-reset", std::to_string((reset_ms + 999) / 1000));
  headers.Add("helicone-ratelimit-policy", wish.text);
  return headers;
}

bool CallRun::IsWithinLimits(net::HttpResponder& responder) {
  if (!counts_use() || !glance_.is_model_call) return true;
  const LimitSubject subject{.project = start_.project,
                             .key = start_.key != nullptr ? start_.key->name : "",
                             .user = start_.context.user,
                             .session = start_.context.session,
                             .feature = start_.context.feature};
  const LimitedUse estimate = EstimateUse();
  const int64_t now_ms = platform::SystemClock().Now().since_epoch / 1'000'000;
  UsageLimits* of_key = start_.key == nullptr ? nullptr : start_.key->limits.get();
  auto reserved =
      of_key == nullptr ? LimitReservation() : of_key->Reserve(subject, estimate, now_ms);
  if (reserved) {
    key_reservation_ = std::move(*reserved);
    reserved = services_.limits.Reserve(subject, estimate, now_ms);
    if (!reserved && of_key != nullptr) of_key->Release(key_reservation_);
  }
  if (reserved) {
    reservation_ = std::move(*reserved);
    return true;
  }
  if (wish_limits_ != nullptr) wish_limits_->Release(wish_reservation_);
  Refuse(responder, 429, reserved.error().is_budget ? "insufficient_quota" : "rate_limit_error",
         reserved.error().message, "limit", reserved.error().retry_after_ms);
  return false;
}

LimitedUse CallRun::EstimateUse() const {
  LimitedUse estimate{.tokens = glance_.tokens_estimated, .cost = {}};
  const bool is_asked = services_.limits.needs_estimate() || wish_limits_ != nullptr ||
                        (start_.key != nullptr && start_.key->limits != nullptr &&
                         start_.key->limits->needs_estimate());
  if (!is_asked) return estimate;
  Arena arena;
  model::Span span;
  span.kind = model::SpanKind::kLlm;
  span.start = platform::SystemClock().Now();
  span.provider = target().upstream->kind;
  span.request_model = glance_.model;
  const uint64_t input = body_->size() / 4;
  span.usage.input_tokens = input;
  span.usage.output_tokens = glance_.tokens_estimated - std::min(input, glance_.tokens_estimated);
  pipeline::PriceSpan(*services_.prices.snapshot(), span, arena);
  estimate.cost = span.cost.total.value_or(Money{});
  return estimate;
}

void CallRun::CorrectUse(const LimitedUse& used) {
  const std::lock_guard lock(use_mutex_);
  services_.limits.Correct(reservation_, used);
  if (start_.key != nullptr && start_.key->limits != nullptr)
    start_.key->limits->Correct(key_reservation_, used);
  if (wish_limits_ != nullptr) wish_limits_->Correct(wish_reservation_, used);
  // What further attempts use is added.
  reservation_.use = key_reservation_.use = wish_reservation_.use = {};
}

bool CallRun::AnswerFromCache(net::HttpResponder& responder) {
  const upstream::RoutePolicy& policy = policy_;
  if (policy.cache_ttl_ms == 0 || !glance_.is_model_call) return false;
  const auto said = start_.request.headers.First("cache-control");
  if (said && (said->contains("no-store") || said->contains("no-cache"))) return false;
  if (glance_.is_background) return false;
  std::string owner = start_.project;
  if (start_.address_check != nullptr) {  // A target that the caller names.
    const upstream::Upstream& named = *start_.route->targets.front().upstream;
    owner += "\nto " + named.origin + named.base_path;
  }
  if (!start_.wishes.cache_seed.empty()) owner += "\nseed " + start_.wishes.cache_seed;
  if (policy.cache_scope == upstream::CacheScope::kUser) {
    owner += '\n' + start_.context.user + '\n';
    // Callers with keys of their own are not each other, whatever user they name.
    for (const std::string& secret : SecretsOf(start_.request.headers, start_.rest))
      owner += secret + '\n';
  }
  cache_key_ = ResponseCache::KeyOf(start_.route->name, owner, start_.request.method, start_.rest,
                                    start_.request.headers, *body_);
  auto answer = services_.cache.Find(*cache_key_, net::MonotonicNanos());
  if (answer == nullptr) return false;
  Replay(std::move(responder), std::move(answer));
  return true;
}

void CallRun::Replay(net::HttpResponder responder, std::shared_ptr<const CachedAnswer> answer) {
  auto recording = NewRecording();
  recording->cache_status = model::CacheStatus::kHit;
  responder.AddHeader("x-vitrine-cache", "hit");
  if (start_.wishes.cache_ttl_ms) responder.AddHeader("helicone-cache", "HIT");
  if (!policy_.cache_keeps_timing || answer->pieces.size() < 2) {
    net::HttpResponse response;
    response.status = answer->status;
    response.headers = answer->headers;
    response.body = answer->body;
    return AnswerHere(std::move(responder), std::move(response), std::move(recording));
  }
  // Recorded as it will be heard.
  const int64_t now_ns = net::MonotonicNanos();
  recording->status = answer->status;
  recording->response_headers = answer->headers;
  recording->end.status = answer->status;
  recording->end.response_body_bytes = answer->body.size();
  recording->end.times = {.accepted_ns = now_ns, .last_byte_ns = now_ns};
  std::vector<Recording::Piece> pieces = answer->pieces;
  for (Recording::Piece& piece : pieces) piece.read_ns += now_ns;
  recording->end.times.last_byte_ns = recording->ended_ns = pieces.back().read_ns;
  RecordWhole(services_.queue, std::move(recording), *body_, answer->body, std::move(pieces));
  auto stream = std::make_shared<net::HttpStream>(responder.Begin(answer->status, answer->headers));
  SendPiece(services_.delays, std::move(stream), std::move(answer), 0, now_ns);
}

std::unique_ptr<Recording> CallRun::NewRecording() {
  const upstream::Upstream& upstream = *target().upstream;
  auto recording = MakeRecording(services_.queue, start_.request.method,
                                 upstream.base_path + start_.rest, start_.request.headers);
  recording->project = start_.project;
  recording->upstream = target().upstream;
  recording->key = start_.key;
  ReadHead(*recording);
  if (call_id_.empty()) {
    call_id_ = recording->span_id.ToHex();
    trace_id_ = recording->context->trace_id;
  }
  recording->context->trace_id = trace_id_;
  recording->call_id = call_id_;
  recording->attempt = attempts_++;
  recording->guardrail_name = verdict_.name;
  recording->guardrail_result = verdict_.result;
  if (start_.route->name != upstream.name)
    recording->context->properties.emplace_back("vitrine.gateway.route", start_.route->name);
  if (cache_key_) recording->cache_status = model::CacheStatus::kMiss;
  return recording;
}

void CallRun::AnswerHere(net::HttpResponder responder, net::HttpResponse response,
                         std::unique_ptr<Recording> recording) {
  const int64_t now_ns = net::MonotonicNanos();
  recording->status = recording->end.status = response.status;
  recording->response_headers = response.headers;
  recording->end.request_body_bytes = body_->size();
  recording->end.response_body_bytes = response.body.size();
  recording->end.times = {.accepted_ns = now_ns, .first_byte_ns = now_ns, .last_byte_ns = now_ns};
  recording->ended_ns = now_ns;
  RecordWhole(services_.queue, std::move(recording), *body_, response.body,
              {{response.body.size(), now_ns}});
  responder.Send(std::move(response));
}

void CallRun::Refuse(net::HttpResponder& responder, int status, std::string_view type,
                     const std::string& message, std::string_view feature, int64_t retry_after_ms) {
  auto recording = NewRecording();
  recording->context->properties.emplace_back("vitrine.gateway.refused_by", feature);
  net::HttpResponse response = net::HttpResponse::Json(
      status, ErrorBody(target().upstream->kind, type, "gateway_" + std::string(feature), message));
  if (retry_after_ms > 0) {
    response.headers.Add("retry-after", std::to_string((retry_after_ms + 999) / 1000));
    response.headers.Add("retry-after-ms", std::to_string(retry_after_ms));
  }
  response.headers.Add("x-vitrine-refused-by", std::string(feature));
  AnswerHere(std::move(responder), std::move(response), std::move(recording));
}

void CallRun::Attempt(net::HttpResponder responder) { responder.Relay(PlanAttempt()); }

net::RelayPlan CallRun::PlanAttempt() {
  const upstream::Upstream& upstream = *target().upstream;
  net::RelayPlan plan;
  plan.upstream = {target().upstream, upstream.endpoint.get()};
  plan.method = start_.request.method;
  plan.target = upstream.base_path + start_.rest;
  plan.timeouts = services_.timeouts;
  plan.address_check = start_.address_check;
  plan.headers = HeadersFor(upstream, start_.request.headers);
  plan.body = body_;
  if (!target().model.empty()) {
    if (auto other = WithModel(*body_, target().model))
      plan.body = std::make_shared<const std::string>(std::move(*other));
  }
  const auto body_as_asked = plan.body;
  AskForUsage(plan);
  ReplaceCredentials(upstream, start_.key.get(), plan.headers, plan.target);
  const bool has_own_key = start_.key != nullptr && !start_.key->provider_key.empty();
  if (upstream.aws != nullptr && !has_own_key) {
    upstream::SignForAws(*upstream.aws, upstream::AwsServiceOf(upstream.kind),
                         platform::SystemClock().Now(), {plan.method, plan.target, *plan.body},
                         plan.headers);
  }
  if (cache_key_) plan.response_headers.Add("x-vitrine-cache", "miss");
  if (start_.wishes.cache_ttl_ms) {
    if (cache_key_) plan.response_headers.Add("helicone-cache", "MISS");
    plan.headers.Remove("cache-control");  // It spoke to this cache.
  }
  for (const net::HttpHeader& header : wish_headers_)
    plan.response_headers.Add(header.name, header.value);
  auto recording = NewRecording();
  const auto self = shared_from_this();
  if (counts_use())
    recording->on_priced = [self](const LimitedUse& used) { self->CorrectUse(used); };
  const auto recorder = std::make_shared<Recorder>(services_.queue, std::move(recording));
  recorder->OnRequestBody(*body_as_asked, 0);
  if (cache_key_ && !checks_answer())
    recorder->WhenServed([self](Recording& served) { self->KeepAnswer(served); });
  recorder_ = recorder;
  plan.observer = recorder;
  plan.take_back = [self](const net::RelayAttempt& attempt) { return self->TakeBack(attempt); };
  if (services_.guardrails.has_for_answers()) plan.taken_back_bytes_max = kHeldAnswerBytesMax;
  return plan;
}

void CallRun::AskForUsage(net::RelayPlan& plan) {
  asked_usage_ = false;
  if (!policy_.include_usage) return;
  auto body = WithUsageAsked(*target().upstream, plan.method, start_.rest, *plan.body);
  if (!body) return;
  asked_usage_ = true;
  plan.body = std::make_shared<const std::string>(std::move(*body));
  plan.headers.Set("accept-encoding", "identity");  // What is packed cannot be taken apart.
  plan.filter = UsageChunkFilterFor;
}

std::unique_ptr<CachedAnswer> CallRun::AnswerOf(const Recording& recording) const {
  std::unique_ptr<CachedAnswer> answer = CopyAnswer(recording);
  if (asked_usage_) LeaveOutUsage(*answer);
  return answer;
}

net::RelayContinuation CallRun::TakeBack(const net::RelayAttempt& attempt) {
  const auto self = shared_from_this();
  if (IsWorthRepeating(attempt)) {
    if (const auto delay_ms = NextAttempt(attempt)) {
      if (const auto recorder = recorder_.lock()) recorder->MarkNotServed();
      return [self, delay_ms = *delay_ms](net::HttpResponder responder) {
        if (delay_ms == 0) return self->Attempt(std::move(responder));
        self->services_.delays.After(delay_ms, [self, responder = std::move(responder)]() mutable {
          self->Attempt(std::move(responder));
        });
      };
    }
  }
  const bool is_answer = attempt.reason == RelayEndReason::kComplete && attempt.status < 300;
  if (!is_answer || !checks_answer()) return {};
  // Held until its end, so that nothing of what is forbidden goes out.
  const auto recorder = recorder_.lock();
  if (!recorder) return {};
  recorder->WhenServed([self](Recording& recording) { self->CheckAnswer(recording); });
  return [self](net::HttpResponder responder) { self->AnswerChecked(std::move(responder)); };
}

std::optional<int64_t> CallRun::NextAttempt(const net::RelayAttempt& attempt) {
  const auto asked_ms = RetryAfterMs(attempt.headers);
  if (tries_ < policy_.retries && asked_ms.value_or(0) <= kRetryDelayMaxMs) {
    const int64_t delay_ms =
        std::max(asked_ms.value_or(0),
                 start_.wishes.retries ? BackoffMs(start_.wishes, tries_) : BackoffMs(tries_));
    ++tries_;
    return delay_ms;
  }
  if (target_index_ + 1 == order_.size()) return std::nullopt;
  ++target_index_;
  tries_ = 0;
  return 0;
}

void CallRun::AnswerChecked(net::HttpResponder responder) {
  if (held_ == nullptr) {
    // It broke off, or passed every limit.
    return responder.Send(net::HttpResponse::Json(
        502, ErrorBody(target().upstream->kind, "api_error", "gateway_guardrail",
                       "the answer did not come to its end, so no guardrail could look at it")));
  }
  net::HttpResponse response;
  if (answer_verdict_.result == GuardrailResult::kBlock) {
    response =
        net::HttpResponse::Json(400, ErrorBody(target().upstream->kind, "invalid_request_error",
                                               "gateway_guardrail", answer_verdict_.message));
    response.headers.Add("x-vitrine-refused-by", "guardrail");
  } else {
    response.status = held_->status;
    response.headers = held_->headers;
    response.body = held_->body;
  }
  responder.Send(std::move(response));
}

void CallRun::KeepAnswer(const Recording& recording) {
  if (recording.status != 200) return;
  std::unique_ptr<CachedAnswer> answer = AnswerOf(recording);
  // A stream is a 200 before it fails.
  if (TextOf(*target().upstream, start_.request, start_.rest, *body_, *answer).is_broken) return;
  answer->expires_ns = net::MonotonicNanos() + policy_.cache_ttl_ms * 1'000'000;
  services_.cache.Put(*cache_key_, std::move(answer));
}

void CallRun::CheckAnswer(Recording& recording) {
  held_ = AnswerOf(recording);
  const AnswerText text = TextOf(*target().upstream, start_.request, start_.rest, *body_, *held_);
  answer_verdict_ = services_.guardrails.CheckAnswer(text.body, text.is_stream, text.text);
  if (answer_verdict_.result > recording.guardrail_result) {
    recording.guardrail_result = answer_verdict_.result;
    recording.guardrail_name = answer_verdict_.name;
  }
  if (!answer_verdict_.body.empty()) {
    // What is masked for the client is not kept either.
    held_->headers.Remove("content-encoding");
    held_->body = answer_verdict_.body;
    recording.response_headers.Remove("content-encoding");
    recording.response_body = held_->body;
    const int64_t read_ns = recording.pieces.empty() ? 0 : recording.pieces.back().read_ns;
    recording.pieces.assign(1, {recording.response_body.size(), read_ns});
  }
  if (cache_key_ && answer_verdict_.result != GuardrailResult::kBlock) KeepAnswer(recording);
}

}  // namespace vitrine::capture
