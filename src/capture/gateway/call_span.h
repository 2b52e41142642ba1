// CallSpans: recordings -> spans of one batch.
// Owner: keeps what the spans borrow from; the recordings must outlive it, too. Not thread-safe.
// Source: DESIGN 3 and 4; WIRE-FORMATS 7 and 9.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "capture/gateway/pace_rules.h"
#include "capture/gateway/recording.h"
#include "capture/gateway/retry_links.h"
#include "codecs/providers/call_decoder.h"
#include "model/span.h"

namespace vitrine::capture {

class CallSpans {
 public:
  /// `batch` gets the spans; `links` remembers failed calls from batch to batch.
  CallSpans(model::SpanBatch& batch, RetryLinks& links, const PaceRules& pace)
      : batch_(batch), links_(links), pace_(pace) {}

  /// Decodes one exchange: a model call, or plain HTTP where it is none that is known; then the
  /// steps of an agent at the provider, below it. What cannot be read is left out; a broken answer
  /// keeps what the client saw of it.
  void Add(Recording& recording);

 private:
  class Reader;

  model::SpanBatch& batch_;
  RetryLinks& links_;
  const PaceRules& pace_;
  std::deque<std::unique_ptr<codecs::providers::CallDecoder>> decoders_;
  std::deque<std::string> plain_bodies_;  ///< Of those that came encoded.
};

}  // namespace vitrine::capture
