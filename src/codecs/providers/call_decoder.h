// CallDecoder: one recorded or passing HTTP exchange with a model provider -> one ModelCall.
// Owner: the decoder keeps what it needs of the answer; the caller keeps the request. Not
// thread-safe; one for each exchange.
// Use: construct with the request, Begin with the head of the answer, Feed its body in the pieces
// in which it came, Finish. What the pieces are does not change the call, only its deltas' times.
// Cost of a streamed delta: its JSON parsed, a few look-ups, one append; memory is taken only when
// a text or the list of deltas doubles. Bounds: limits.h.
// Source: WIRE-FORMATS 7, 8.1 and 10.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/arena.h"
#include "codecs/providers/exchange.h"
#include "codecs/providers/model_call.h"
#include "codecs/providers/route.h"

namespace vitrine::codecs::providers {

class CallDecoder {
 public:
  /// Finds out what the request goes to; its body is read by Finish.
  /// Lifetime: `request` and `arena` must outlive the decoder and the call.
  CallDecoder(const ProviderRequest& request, Arena& arena);
  ~CallDecoder();
  CallDecoder(const CallDecoder&) = delete;
  CallDecoder& operator=(const CallDecoder&) = delete;

  const Route& route() const;
  /// False for plain HTTP: there is nothing to decode, and the other functions do nothing.
  bool is_call() const { return route().api != Api::kNone; }

  /// Gives status and headers of the answer.
  void Begin(const ResponseHead& head);
  /// Gives the next bytes of the answer's body, without content encoding.
  /// Units: `offset_ns` is the time of the read since the start of the request.
  void Feed(std::string_view piece, uint64_t offset_ns);

  /// What the exchange was, also where the answer was cut or never came. Call once.
  /// Errors: none; what cannot be read is left out, and `is_cut_off` says so.
  /// Lifetime: texts borrow from this decoder, its arena and the request.
  ModelCall Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vitrine::codecs::providers
