#include "capture/gateway/call_outcome.h"

namespace vitrine::capture {

namespace {

using model::ErrorType;
using model::SpanStatus;
using net::RelayEndReason;

/// Whom a broken call is blamed on, and in which words.
struct Fault {
  RelayEndReason reason;
  ErrorType error_type;  ///< Where nothing of an answer had come.
  std::string_view message;
};
constexpr Fault kFaults[] = {
    {RelayEndReason::kClientLeft, ErrorType::kCancelled, "the client left"},
    {RelayEndReason::kClientTooSlow, ErrorType::kCancelled, "the client took too long"},
    {RelayEndReason::kRequestMalformed, ErrorType::kInvalidRequest, "the request was malformed"},
    {RelayEndReason::kUpstreamUnreachable, ErrorType::kConnection, "the upstream was not reached"},
    {RelayEndReason::kUpstreamForbidden, ErrorType::kConnection,
     "the upstream's address is not allowed"},
    {RelayEndReason::kUpstreamCut, ErrorType::kConnection, "the upstream cut its answer off"},
    {RelayEndReason::kResponseMalformed, ErrorType::kConnection,
     "the upstream's answer was malformed"},
    {RelayEndReason::kTimeoutConnect, ErrorType::kTimeout, "connecting took too long"},
    {RelayEndReason::kTimeoutTls, ErrorType::kTimeout, "the TLS handshake took too long"},
    {RelayEndReason::kTimeoutSend, ErrorType::kTimeout, "the upstream took no bytes for too long"},
    {RelayEndReason::kTimeoutFirstByte, ErrorType::kTimeout, "no answer came in time"},
    {RelayEndReason::kTimeoutIdle, ErrorType::kTimeout, "the answer stalled for too long"},
    {RelayEndReason::kOverloaded, ErrorType::kConnection, "too many calls run at once"},
    {RelayEndReason::kInvalidPlan, ErrorType::kInvalidRequest, "the request cannot be sent on"},
    {RelayEndReason::kServerStopping, ErrorType::kConnection, "the gateway stopped"},
};

const Fault* FindFault(RelayEndReason reason) {
  for (const Fault& fault : kFaults) {
    if (fault.reason == reason) return &fault;
  }
  return nullptr;
}

bool IsByClient(RelayEndReason reason) {
  return reason == RelayEndReason::kClientLeft || reason == RelayEndReason::kClientTooSlow;
}

ErrorType ErrorTypeOfStatus(int status) {
  switch (status) {
    case 401:
    case 403: return ErrorType::kAuth;
    case 408:
    case 504: return ErrorType::kTimeout;
    case 429: return ErrorType::kRateLimit;
    default: break;
  }
  if (status >= 500) return ErrorType::kProvider5xx;
  return status >= 400 ? ErrorType::kInvalidRequest : ErrorType::kNone;
}

/// What the official SDKs try again: 408, 409, 429, 5xx, and connections that fail.
bool IsRepeated(int status) {
  return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
}

}  // namespace

CallOutcome OutcomeOf(const Recording& recording, const codecs::providers::ModelCall& call,
                      bool is_body_unreadable) {
  CallOutcome outcome;
  const net::RelayEnd& end = recording.end;
  const int status = recording.status != 0 ? recording.status : end.status;
  outcome.may_be_repeated = IsRepeated(status);
  // Clients stop reading when they have what they want. An upstream that lets go has sent all of it
  // once the marker came at which they stop; before it, they all see an error.
  const bool may_be_whole =
      IsByClient(end.reason) || (end.reason == RelayEndReason::kUpstreamCut && call.has_end_marker);
  const bool is_whole = may_be_whole && recording.status >= 200 && recording.status < 300 &&
                        call.is_stream && call.is_complete && !call.is_cut_off && !call.is_error;
  if (const Fault* fault = FindFault(end.reason); fault != nullptr && !is_whole) {
    const bool has_answer = end.response_body_bytes > 0 && recording.status < 400;
    outcome.error_type = has_answer ? ErrorType::kPartial : fault->error_type;
    outcome.status = IsByClient(end.reason) ? SpanStatus::kUnset : SpanStatus::kError;
    outcome.message = fault->message;
    if (has_answer) {
      outcome.message += " after " + std::to_string(end.response_body_bytes) + " bytes";
      if (!call.deltas.empty())
        outcome.message += " and " + std::to_string(call.deltas.size()) + " deltas";
    }
    if (!end.detail.empty()) outcome.message += ": " + end.detail;
    return outcome;
  }
  if (call.is_error || status >= 400) {
    outcome.status = SpanStatus::kError;
    outcome.error_type =
        call.error_class != ErrorType::kNone ? call.error_class : ErrorTypeOfStatus(status);
    outcome.message = call.error_message;
    if (call.is_error && status < 400 && !call.deltas.empty())
      outcome.error_type = ErrorType::kPartial;
    if (outcome.message.empty()) outcome.message = "HTTP " + std::to_string(status);
    return outcome;
  }
  const bool is_unread = is_body_unreadable || recording.is_response_left_out;
  if (call.is_cut_off && !is_unread) {
    outcome.status = SpanStatus::kError;
    outcome.error_type = ErrorType::kPartial;
    outcome.message = "the answer ended before its end";
  }
  return outcome;
}

}  // namespace vitrine::capture
