#include "storage/records/span_record.h"

#include <utility>

#include "storage/records/internal/field_reader.h"
#include "storage/records/internal/field_writer.h"

namespace vitrine::records {

namespace {

// What spans and messages take beside their texts; only a guess for the first allocation. A buffer
// that is too small becomes one of twice the size, and is then held until the log has it; of one
// that is too large nothing is touched.
constexpr size_t kSpanSizeGuess = 1024;
constexpr size_t kMessageSizeGuess = 64;

size_t GuessSize(const model::SpanBatch& batch) {
  size_t size = kSpanSizeGuess;
  const auto add = [&](std::span<const model::Message> messages) {
    for (const model::Message& message : messages)
      size += kMessageSizeGuess + message.parts_template.size() + message.texts.size();
  };
  for (const model::Span& span : batch.spans) {
    size += kSpanSizeGuess;
    add(span.input_messages);
    add(span.output_messages);
    add(span.tool_definitions);
  }
  return size;
}

}  // namespace

std::string EncodeSpanBatch(const model::SpanBatch& batch) {
  FieldWriter writer(GuessSize(batch));
  writer.Byte(kSpanRecordVersion);
  VisitBatch(writer, batch);
  return writer.Take();
}

Result<model::SpanBatch> DecodeSpanBatch(std::string_view payload,
                                         std::shared_ptr<const std::string> owner) {
  if (payload.empty()) return Fail(ErrorCode::kCorrupt, "an empty span record", 0);
  auto version = static_cast<uint8_t>(payload[0]);
  if (version == 0) return Fail(ErrorCode::kCorrupt, "no span record", 0);
  if (version > kSpanRecordVersion) {
    return Fail(ErrorCode::kUnsupported,
                "span record version " + std::to_string(version) + "; this program reads up to " +
                    std::to_string(kSpanRecordVersion),
                0);
  }
  model::SpanBatch batch;
  FieldReader reader(payload, 1, batch.arena);
  VisitBatch(reader, batch);
  reader.EndAll();
  if (reader.error()) return std::unexpected(*reader.error());
  if (owner != nullptr) batch.bodies.push_back(std::move(owner));
  return batch;
}

std::optional<uint64_t> CountSpans(std::string_view payload) {
  if (payload.empty() || payload[0] != static_cast<char>(kSpanRecordVersion)) return std::nullopt;
  Arena arena;
  FieldReader reader(payload, 1, arena);
  uint64_t count = 0;
  reader.Number(kSpanCountField, count);
  if (reader.error()) return std::nullopt;
  return count;
}

}  // namespace vitrine::records
