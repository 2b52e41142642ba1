#include "capture/gateway/agent_step_spans.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "codecs/content/message_facts.h"
#include "platform/random.h"

namespace vitrine::capture {

namespace {

using codecs::providers::AgentStep;
using model::Span;

/// One id for each step, the same whenever the call is read.
std::vector<SpanId> StepIds(SpanId call, size_t count) {
  platform::SeededRandom random(call.Low64());
  std::vector<SpanId> ids(count);
  for (SpanId& id : ids) {
    const uint64_t bits = random.Next();
    std::memcpy(id.bytes.data(), &bits, sizeof(bits));
  }
  return ids;
}

/// Steps run within their call. Their clock is the provider's: where it puts them beside the call,
/// the last of them is taken to end with it, and where all of them take longer than the call, as
/// those of an answer that is given again, each takes its part of it.
class StepClock {
 public:
  StepClock(const Span& call, std::span<const AgentStep> steps) : call_(call) {
    Nanos first{INT64_MAX}, last{INT64_MIN};
    for (const AgentStep& step : steps) {
      if (step.span.start.since_epoch == 0) continue;
      first = std::min(first, step.span.start);
      last = std::max({last, step.span.start, step.span.end});
    }
    const bool is_within = first >= call.start && last <= call.end;
    const bool is_known = first.since_epoch != INT64_MAX && LengthOf(call.start, call.end);
    is_moved_ = is_known && !is_within;
    if (!is_moved_) return;
    last_ = last;
    const auto call_length = static_cast<double>(call.end - call.start);
    const auto length = static_cast<double>(last - first);
    if (length > call_length) scale_ = call_length / length;
  }

  void Place(Span& step) const {
    const bool has_end = LengthOf(step.start, step.end).has_value();
    if (step.start.since_epoch == 0) {
      step.start = call_.start;
      step.end = UnknownEnd(call_.start);
    } else if (is_moved_) {
      step.start = Moved(step.start);
      step.end = has_end ? Moved(step.end) : UnknownEnd(step.start);
    }
  }

 private:
  Nanos Moved(Nanos time) const {
    const double before_last = static_cast<double>(last_ - time) * scale_;
    const Nanos moved{call_.end.since_epoch - std::llround(before_last)};
    return std::clamp(moved, call_.start, call_.end);
  }

  const Span& call_;
  bool is_moved_ = false;
  Nanos last_;
  double scale_ = 1;
};

/// Whose the call is, its steps are.
void CopyOwner(const Span& call, Span& step) {
  step.trace_id = call.trace_id;
  step.session_id = call.session_id;
  step.user_id = call.user_id;
  step.service = call.service;
  step.service_version = call.service_version;
  step.environment = call.environment;
  step.release = call.release;
  step.feature = call.feature;
  step.experiment = call.experiment;
  step.tags = call.tags;
  step.region = call.region;
  step.dialect = call.dialect;
  step.scope_name = call.scope_name;
  // What was kept is not paid again, and what an attempt did was served as the attempt was.
  step.cache_status = call.cache_status;
  step.served = call.served;
}

std::string_view WhatOf(const Span& step) {
  switch (step.kind) {
    case model::SpanKind::kTool: return step.tool_name;
    case model::SpanKind::kRetrieval: return step.data_source;
    case model::SpanKind::kAgent: return step.agent_name;
    case model::SpanKind::kGuardrail: return step.guardrail_name;
    default: return step.request_model.empty() ? step.response_model : step.request_model;
  }
}

std::string_view NameOf(const Span& step, Arena& arena) {
  const std::string_view what = WhatOf(step);
  if (step.operation.empty() || what.empty()) return what.empty() ? step.operation : what;
  return arena.Copy(std::string(step.operation) + " " + std::string(what));
}

}  // namespace

void AddAgentSteps(const Span& call, std::span<const AgentStep> steps, model::SpanBatch& batch) {
  const StepClock clock(call, steps);
  const std::vector<SpanId> ids = StepIds(call.span_id, steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    Span span = steps[i].span;
    CopyOwner(call, span);
    span.span_id = ids[i];
    span.parent_span_id = steps[i].parent ? ids[*steps[i].parent] : call.span_id;
    span.call_id = batch.arena.Copy(span.span_id.ToHex());
    clock.Place(span);
    span.name = NameOf(span, batch.arena);
    codecs::SetPreviews(span);
    batch.spans.push_back(span);
  }
}

}  // namespace vitrine::capture
