#include "capture/gateway/late_answers.h"

#include <algorithm>
#include <optional>

#include "base/arena.h"
#include "capture/gateway/limits.h"
#include "capture/gateway/plain_text.h"
#include "capture/gateway/request_glance.h"
#include "codecs/content/text.h"
#include "syntax/json/json_document.h"
#include "syntax/sse/sse_parser.h"

namespace vitrine::capture {

namespace {

using syntax::JsonDocument;
using syntax::JsonStatus;
using syntax::JsonValue;

std::string_view PathOf(const Recording& recording) {
  return std::string_view(recording.target).substr(0, recording.target.find('?'));
}

bool IsBegin(const Recording& recording) {
  return recording.method == "POST" && PathOf(recording).ends_with("/responses");
}

/// A response object as the last word of an answer has it.
struct Said {
  std::string id, status;
  std::optional<Nanos> completed;
};

void Read(JsonValue response, Said& said) {
  if (!response.is_object()) return;
  if (const std::string_view id = response["id"].text(); !id.empty()) said.id = id;
  if (const std::string_view status = response["status"].text(); !status.empty())
    said.status = status;
  constexpr uint64_t kSecondsMax = 1ull << 33;  // The year 2242.
  const auto seconds = response["completed_at"].ToUint();
  if (seconds && *seconds < kSecondsMax)
    said.completed = Nanos{static_cast<int64_t>(*seconds) * 1'000'000'000};
}

Said WhatIsSaid(std::string_view plain) {
  Said said;
  Arena arena;
  JsonDocument document;
  if (codecs::Trim(plain).starts_with('{')) {
    if (document.Parse(plain, arena) == JsonStatus::kOk) Read(document.root(), said);
    return said;
  }
  syntax::SseParser parser(codecs::providers::kEventBytesMax);
  parser.Feed(plain);
  parser.End();
  for (syntax::SseEvent event; parser.Next(event);) {
    // Pieces of the text say nothing of the state, and are most of a stream.
    if (!event.data.contains("\"response\"")) continue;
    arena = Arena();
    if (document.Parse(event.data, arena) == JsonStatus::kOk)
      Read(document.root()["response"], said);
  }
  return said;
}

bool IsOpen(std::string_view status) { return status == "queued" || status == "in_progress"; }

bool IsFinal(std::string_view status) {
  return status == "completed" || status == "failed" || status == "incomplete" ||
         status == "cancelled";
}

bool AsksForBackground(const std::string& request) {
  Arena arena;
  JsonDocument document;
  return document.Parse(request, arena) == JsonStatus::kOk &&
         document.root()["background"].ToBool().value_or(false);
}

/// What is needed to write the call again, without its first answer.
std::unique_ptr<Recording> CallOf(const Recording& recording) {
  auto call = std::make_unique<Recording>();
  call->project = recording.project;
  call->context = std::make_unique<CallContext>(*recording.context);
  call->upstream = recording.upstream;
  call->key = recording.key;
  call->span_id = recording.span_id;
  call->started = recording.started;
  call->method = recording.method;
  call->target = recording.target;
  call->request_headers = recording.request_headers;
  call->request_body = recording.request_body;
  call->is_request_left_out = recording.is_request_left_out;
  call->secrets = recording.secrets;
  call->call_id = recording.call_id.empty() ? recording.span_id.ToHex() : recording.call_id;
  call->attempt = recording.attempt;
  call->cache_status = recording.cache_status;
  call->guardrail_name = recording.guardrail_name;
  call->guardrail_result = recording.guardrail_result;
  call->on_priced = recording.on_priced;
  call->end = recording.end;
  return call;
}

void SetAnswer(Recording& call, const Recording& fetch, const Said& said) {
  call.status = call.end.status = fetch.status;
  call.response_headers = fetch.response_headers;
  call.response_body = fetch.response_body;
  call.pieces = {{call.response_body.size(), call.end.times.accepted_ns}};
  call.secrets.insert(call.secrets.end(), fetch.secrets.begin(), fetch.secrets.end());
  call.context->omits_response |= fetch.context->omits_response;
  if (fetch.guardrail_result > call.guardrail_result) {
    call.guardrail_result = fetch.guardrail_result;
    call.guardrail_name = fetch.guardrail_name;
  }
  call.fetched_by = fetch.method + " " + std::string(PathOf(fetch));
  call.end.reason = net::RelayEndReason::kComplete;
  call.end.response_body_bytes = fetch.end.response_body_bytes;
  // When it was done is told by the second, or not at all: a poll comes any time later.
  const int64_t accepted_ns = call.end.times.accepted_ns;
  call.end.times = {.accepted_ns = accepted_ns};
  call.ended_ns = accepted_ns;
  call.is_length_known = said.completed && *said.completed > call.started;
  if (call.is_length_known) call.ended_ns += said.completed->since_epoch - call.started.since_epoch;
}

}  // namespace

std::string LateAnswers::KeyOf(const Recording& recording, std::string_view id) {
  return recording.project + '\n' + recording.upstream->origin + '\n' + std::string(id);
}

std::unique_ptr<Recording> LateAnswers::Note(const Recording& recording) {
  if (recording.status != 200 || recording.is_response_left_out) return nullptr;
  if (IsBegin(recording)) {
    NoteBegun(recording);
    return nullptr;
  }
  const std::string_view id = FetchedResponseId(recording.method, recording.target);
  if (id.empty()) return nullptr;
  const auto found = by_key_.find(KeyOf(recording, id));
  if (found == by_key_.end()) return nullptr;
  const auto plain = PlainResponse(recording);
  const Said said = plain ? WhatIsSaid(*plain) : Said();
  if (said.id != id || !IsFinal(said.status)) return nullptr;
  std::unique_ptr<Recording> call = std::move(found->second->call);
  Forget(found->second);
  SetAnswer(*call, recording, said);
  return call;
}

void LateAnswers::NoteBegun(const Recording& recording) {
  // One from the cache has the id of the call that was paid for.
  if (!recording.is_served || recording.cache_status == model::CacheStatus::kHit) return;
  const auto request = PlainRequest(recording);
  if (!request || !request->contains("background") || !AsksForBackground(*request)) return;
  const auto answer = PlainResponse(recording);
  if (!answer) return;
  const Said said = WhatIsSaid(*answer);
  if (!said.id.empty() && IsOpen(said.status)) Keep(KeyOf(recording, said.id), CallOf(recording));
}

void LateAnswers::Keep(std::string key, std::unique_ptr<Recording> call) {
  // Who wants to hear of its price holds the request as well.
  const size_t bodies = call->on_priced ? 2 : 1;
  const size_t bytes = kRecordingOverheadBytes + bodies * call->request_body.size();
  if (bytes > kLateCallBytesMax) return;
  if (const auto known = by_key_.find(key); known != by_key_.end()) Forget(known->second);
  while (calls_.size() >= kLateCallsMax || bytes_ + bytes > kLateCallBytesMax)
    Forget(calls_.begin());
  bytes_ += bytes;
  calls_.push_back({key, std::move(call), bytes});
  by_key_.emplace(std::move(key), std::prev(calls_.end()));
}

void LateAnswers::Forget(std::list<Waiting>::iterator waiting) {
  bytes_ -= waiting->bytes;
  by_key_.erase(waiting->key);
  calls_.erase(waiting);
}

}  // namespace vitrine::capture
