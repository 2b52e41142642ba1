// Recording: one HTTP exchange as it passed through the gateway, before anybody understood it.
// Owner: itself; it moves from the call's io thread to the queue to the writer. Values only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "capture/gateway/call_context.h"
#include "model/span.h"
#include "net/http_relay.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

struct CallKey;
struct LimitedUse;

struct Recording {
  /// Where a piece of the answer ends in `response_body`, and when its read returned.
  struct Piece {
    uint64_t end = 0;
    int64_t read_ns = 0;  ///< Monotonic, as in net::RelayTimes.
  };

  std::string project;
  std::unique_ptr<CallContext> context;  ///< Null until ReadHead.
  std::shared_ptr<const upstream::Upstream> upstream;
  std::shared_ptr<const CallKey> key;  ///< The gateway's key that it came with; may be null.
  SpanId span_id;
  Nanos started;                ///< When the request's head was complete.
  bool is_length_known = true;  ///< No for a result of a batch.

  std::string method;
  std::string target;  ///< As sent to the upstream: "/v1/chat/completions?x=1".
  /// As they came until ReadHead; then without credentials and what speaks to the gateway.
  net::HttpHeaders request_headers;
  std::string request_body;  ///< Encoded as it came.

  int status = 0;  ///< Of the final answer's head; 0: none came.
  net::HttpHeaders response_headers;
  std::string response_body;  ///< Encoded as it came.
  std::vector<Piece> pieces;

  /// Bodies that passed one of the limits are left out whole; the call is recorded without them.
  bool is_request_left_out = false, is_response_left_out = false;
  net::RelayEnd end;
  int64_t ended_ns = 0;  ///< Monotonic, as in net::RelayTimes: when the relay had ended.

  /// Read by ReadHead: the caller's credentials and the server's, to be masked wherever they are
  /// echoed. Never leaves memory.
  std::vector<std::string> secrets;

  // What the gateway did beside passing the call on.
  std::string call_id;    ///< Shared by the attempts of one call; empty: the span's own.
  uint16_t attempt = 0;   ///< From 0.
  bool is_served = true;  ///< The client got this attempt's answer.
  model::CacheStatus cache_status = model::CacheStatus::kNone;
  std::string guardrail_name;
  model::GuardrailResult guardrail_result = model::GuardrailResult::kNone;

  // Results of a batch: each is a call of its own (batch_calls.h).
  bool is_batch = false;               ///< It is such a call, at the batch's price.
  bool is_request_elsewhere = false;   ///< It came with the batch, and is not known any more.
  bool is_response_elsewhere = false;  ///< It became such calls, and is not kept beside them.
  std::string batch_fault;             ///< Why the request got no answer; empty: it got one.
  std::string batch_fault_word;        ///< The same in the provider's own word.
  model::ErrorType batch_fault_class = model::ErrorType::kNone;

  /// The answer of a call that ran on after its first one (late_answers.h), and how it was fetched.
  std::string fetched_by;

  /// Told once the call is durable, what it used; of an agent, all its steps. On the writer's
  /// thread.
  std::function<void(const LimitedUse&)> on_priced;

  uint64_t bytes_held = 0;  ///< Of the queue's budget.

  /// Bytes that bodies and pieces have room for beyond an empty recording's.
  uint64_t body_capacity() const {
    return request_body.capacity() + response_body.capacity() - 2 * std::string().capacity() +
           pieces.capacity() * sizeof(Piece);
  }
};

}  // namespace vitrine::capture
