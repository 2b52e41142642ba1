#include "pipeline/span_sink.h"

#include <memory>

#include "pipeline/price_span.h"
#include "storage/records/span_record.h"

namespace vitrine::pipeline {

void SpanSink::Accept(model::SpanBatch& batch, Done done) {
  if (batch.spans.empty() && batch.scores.empty()) {
    done({});
    return;
  }
  std::shared_ptr<const PriceTable> table = prices_.snapshot();
  for (model::Span& span : batch.spans) {
    scrubber_.Scrub(span, batch.arena);
    PriceSpan(*table, span, batch.arena);
  }
  auto record = std::make_unique<std::string>(records::EncodeSpanBatch(batch));
  std::string_view piece = *record;
  log_.Append(std::span(&piece, 1),
              [record = std::move(record), done = std::move(done)](Result<wal::Lsn> lsn) mutable {
                if (lsn) {
                  done({});
                } else {
                  done(std::unexpected(lsn.error()));
                }
              });
}

}  // namespace vitrine::pipeline
