// Row builder: an arriving model::Span -> StoredSpan, its content going to the ContentStore.
// Owner: what the row borrows lives in the settle batch's arena or in the decoded log record.
#pragma once

#include "settle/content_store.h"
#include "storage/schema/stored_span.h"

namespace vitrine::settle {

/// What a span's batch says about it.
struct RowContext {
  std::string_view project;
  model::Capture capture = model::Capture::kOtlpHttp;
  Nanos received;
};

/// The partition of a span: the day of its start, clamped to received -7 ... +1 days, so that a
/// wrong clock cannot open hundreds of partitions. Imports are exempt.
int32_t PartitionDay(Nanos start, Nanos received, model::Capture capture);

/// Builds the row of one span. `counted`, `version` and inherited values are left for the settler.
storage::StoredSpan BuildRow(const model::Span& span, const RowContext& context,
                             ContentStore& content, Arena& arena);

/// The hashes of what the span's exchange refers to. `row` was built of the same span.
/// Lifetime: of `arena`. A place that the span does not have is all zeros.
std::span<const ContentHash> ExchangeHashes(const storage::StoredSpan& row, ContentStore& content,
                                            Arena& arena);

/// 64 bits over everything the sender sent; equal for an identical re-send.
uint64_t RowDigest(const storage::StoredSpan& row);

}  // namespace vitrine::settle
