// Random span batches for property tests and benchmarks: every field of the model is set sometimes.
// Owner: the batch owns everything. The same random numbers give the same batch.
#pragma once

#include "model/span.h"
#include "platform/random.h"

namespace vitrine::test_spans {

struct RandomSpanOptions {
  size_t span_count_max = 20;
  size_t text_size_max = 200;
  /// A field is set once in this many times.
  uint64_t set_one_in = 3;
};

/// A batch in which anything may be set to anything, hostile bytes included.
model::SpanBatch RandomBatch(platform::SeededRandom& random, const RandomSpanOptions& options = {});

/// A batch of believable chat calls: about `span_size_bytes` each, of which most is message text,
/// with one resource, one scope and the attribute keys an SDK leaves over.
model::SpanBatch ChatBatch(platform::SeededRandom& random, size_t span_count,
                           size_t span_size_bytes);

}  // namespace vitrine::test_spans
