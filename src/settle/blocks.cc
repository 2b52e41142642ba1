#include "settle/blocks.h"

#include <ranges>

namespace vitrine::settle {

namespace {

using clickhouse::ArrayColumn;
using clickhouse::FixedColumn;
using clickhouse::FixedStringColumn;
using clickhouse::LowCardinalityColumn;
using clickhouse::MapColumn;
using clickhouse::NativeBlock;
using clickhouse::NullableColumn;
using clickhouse::StringColumn;

/// Fills a block column by column: each method appends one value for every row.
template <typename Row>
class ColumnWise {
 public:
  explicit ColumnWise(std::span<const Row> rows) : rows_(rows) {}
  NativeBlock Take() { return std::move(block_); }

  void Lc(const char* name, auto&& value) {
    auto& column = block_.Add<LowCardinalityColumn>(name, "LowCardinality(String)");
    for (const Row& row : rows_) column.Append(value(row));
  }
  void Str(const char* name, auto&& value) {
    auto& column = block_.Add<StringColumn>(name, "String");
    for (const Row& row : rows_) column.Append(value(row));
  }
  template <typename T>
  void Fixed(const char* name, const char* type, auto&& value) {
    auto& column = block_.Add<FixedColumn<T>>(name, type);
    for (const Row& row : rows_) column.Append(static_cast<T>(value(row)));
  }
  void Day(auto&& value) { Fixed<uint16_t>("day", "Date", value); }
  void Time(const char* name, auto&& value) {
    Fixed<int64_t>(name, "DateTime64(9, 'UTC')",
                   [&](const Row& row) { return value(row).since_epoch; });
  }
  void Id(const char* name, size_t width, auto&& value) {
    auto& column =
        block_.Add<FixedStringColumn>(name, "FixedString(" + std::to_string(width) + ")", width);
    for (const Row& row : rows_) column.Append(value(row).AsBytes());
  }
  template <typename T>
  void Optional(const char* name, const char* type, auto&& value) {
    auto& column = block_.Add<NullableColumn<FixedColumn<T>>>(name, type);
    for (const Row& row : rows_) {
      auto v = value(row);
      v ? column.Append(static_cast<T>(*v)) : column.AppendNull();
    }
  }
  void LcArray(const char* name, auto&& value) {
    auto& column =
        block_.Add<ArrayColumn<LowCardinalityColumn>>(name, "Array(LowCardinality(String))");
    for (const Row& row : rows_) {
      for (std::string_view text : value(row)) column.inner().Append(text);
      column.EndRow();
    }
  }
  void StrArray(const char* name, auto&& value) {
    auto& column = block_.Add<ArrayColumn<StringColumn>>(name, "Array(String)");
    for (const Row& row : rows_) {
      for (std::string_view text : value(row)) column.inner().Append(text);
      column.EndRow();
    }
  }
  void HashArray(const char* name, auto&& value) {
    auto& column = block_.Add<ArrayColumn<FixedStringColumn>>(name, "Array(FixedString(16))",
                                                              size_t{ContentHash::size});
    for (const Row& row : rows_) {
      for (const ContentHash& hash : value(row)) column.inner().Append(hash.AsBytes());
      column.EndRow();
    }
  }
  template <typename T>
  void FixedArray(const char* name, const char* type, auto&& value, T divide_by = 1) {
    auto& column = block_.Add<ArrayColumn<FixedColumn<T>>>(name, type);
    for (const Row& row : rows_) {
      for (auto element : value(row)) column.inner().Append(static_cast<T>(element / divide_by));
      column.EndRow();
    }
  }
  void HistogramMap(const char* name, auto&& value) {
    auto& column = block_.Add<MapColumn<FixedColumn<int16_t>, FixedColumn<double>>>(
        name, "Map(Int16, Float64)");
    for (const Row& row : rows_) {
      for (const auto& [bucket, weight] : value(row)) {
        column.keys().Append(bucket);
        column.values().Append(weight);
      }
      column.EndRow();
    }
  }

 private:
  std::span<const Row> rows_;
  NativeBlock block_;
};

constexpr int64_t kNanosPerMicro = 1000;

std::optional<int64_t> NanoUsd(const std::optional<Money>& money) {
  return money ? std::optional(money->nano_usd) : std::nullopt;
}

}  // namespace

NativeBlock MessageBlock(std::span<const MessageRow> rows) {
  ColumnWise<MessageRow> columns(rows);
  columns.Lc("project", [](auto& r) { return r.place.project; });
  columns.Day([](auto& r) { return r.place.day; });
  columns.Lc("retention", [](auto& r) { return model::Name(r.place.retention); });
  columns.Id("hash", 16, [](auto& r) { return r.hash; });
  columns.Lc("role", [](auto& r) { return r.role; });
  columns.Lc("name", [](auto& r) { return r.name; });
  columns.Str("parts_template", [](auto& r) { return r.parts_template; });
  columns.Str("texts", [](auto& r) { return r.texts; });
  return columns.Take();
}

NativeBlock AttachmentBlock(std::span<const AttachmentRow> rows) {
  ColumnWise<AttachmentRow> columns(rows);
  columns.Lc("project", [](auto& r) { return r.place.project; });
  columns.Day([](auto& r) { return r.place.day; });
  columns.Lc("retention", [](auto& r) { return model::Name(r.place.retention); });
  columns.Id("hash", 16, [](auto& r) { return r.hash; });
  columns.Lc("media_type", [](auto& r) { return r.media_type; });
  columns.Str("bytes", [](auto& r) { return r.bytes; });
  return columns.Take();
}

NativeBlock TimelineBlock(std::span<const TimelineRow> rows) {
  ColumnWise<TimelineRow> columns(rows);
  columns.Lc("project", [](auto& r) { return r.project; });
  columns.Day([](auto& r) { return r.day; });
  columns.Id("trace_id", 16, [](auto& r) { return r.trace_id; });
  columns.Id("span_id", 8, [](auto& r) { return r.span_id; });
  columns.template Fixed<uint64_t>("version", "UInt64", [](auto& r) { return r.version; });
  columns.template FixedArray<uint64_t>(
      "offsets_us", "Array(UInt64)", [](auto& r) { return r.timeline.offsets_ns; },
      uint64_t{kNanosPerMicro});
  columns.template FixedArray<uint32_t>("sizes", "Array(UInt32)",
                                        [](auto& r) { return r.timeline.sizes; });
  return columns.Take();
}

namespace {

using Headers = std::span<const model::HeaderPair>;

auto NamesOf(Headers headers) {
  return std::views::transform(headers,
                               [](const model::HeaderPair& header) { return header.name; });
}
auto ValuesOf(Headers headers) {
  return std::views::transform(headers,
                               [](const model::HeaderPair& header) { return header.value; });
}

void AddBody(ColumnWise<ExchangeRow>& columns, const std::string& side,
             const model::ExchangeBody model::Exchange::* body) {
  const auto of = [body](auto& r) -> auto& { return r.exchange->*body; };
  columns.Str((side + "_skeleton").c_str(), [&](auto& r) { return of(r).skeleton; });
  columns.Fixed<uint64_t>((side + "_size").c_str(), "UInt64",
                          [&](auto& r) { return of(r).size_bytes; });
  columns.Lc((side + "_content_encoding").c_str(), [&](auto& r) { return of(r).content_encoding; });
  columns.Lc((side + "_left_out").c_str(), [&](auto& r) { return model::Name(of(r).state); });
}

}  // namespace

NativeBlock ExchangeBlock(std::span<const ExchangeRow> rows) {
  ColumnWise<ExchangeRow> columns(rows);
  columns.Lc("project", [](auto& r) { return r.project; });
  columns.Day([](auto& r) { return r.day; });
  columns.Lc("retention", [](auto& r) { return model::Name(r.retention); });
  columns.Time("start_time", [](auto& r) { return r.start; });
  columns.Id("trace_id", 16, [](auto& r) { return r.trace_id; });
  columns.Id("span_id", 8, [](auto& r) { return r.span_id; });
  columns.Fixed<uint64_t>("version", "UInt64", [](auto& r) { return r.version; });
  columns.Lc("method", [](auto& r) { return r.exchange->method; });
  columns.Str("url", [](auto& r) { return r.exchange->url; });
  columns.Fixed<uint16_t>("status", "UInt16", [](auto& r) { return r.exchange->status; });
  columns.LcArray("request_header_names",
                  [](auto& r) { return NamesOf(r.exchange->request_headers); });
  columns.StrArray("request_header_values",
                   [](auto& r) { return ValuesOf(r.exchange->request_headers); });
  columns.LcArray("response_header_names",
                  [](auto& r) { return NamesOf(r.exchange->response_headers); });
  columns.StrArray("response_header_values",
                   [](auto& r) { return ValuesOf(r.exchange->response_headers); });
  AddBody(columns, "request", &model::Exchange::request);
  AddBody(columns, "response", &model::Exchange::response);
  columns.HashArray("content_hashes", [](auto& r) { return r.content_hashes; });
  columns.FixedArray<uint64_t>("piece_ends", "Array(UInt64)",
                               [](auto& r) { return r.exchange->piece_ends; });
  columns.FixedArray<uint64_t>(
      "piece_offsets_us", "Array(UInt64)", [](auto& r) { return r.exchange->piece_offsets_ns; },
      uint64_t{kNanosPerMicro});
  return columns.Take();
}

NativeBlock ScoreBlock(std::span<const ScoreRow> rows) {
  ColumnWise<ScoreRow> columns(rows);
  columns.Lc("project", [](auto& r) { return r.project; });
  columns.Day([](auto& r) { return r.day; });
  columns.Id("score_id", 16, [](auto& r) { return r.score_id; });
  columns.template Fixed<uint64_t>("version", "UInt64", [](auto& r) { return r.version; });
  columns.template Fixed<uint8_t>("is_deleted", "UInt8", [](auto& r) { return r.is_deleted; });
  columns.Id("trace_id", 16, [](auto& r) { return r.score.trace_id; });
  columns.Id("span_id", 8, [](auto& r) { return r.score.span_id; });
  columns.Str("session_id", [](auto& r) { return r.score.session_id; });
  columns.Str("response_id", [](auto& r) { return r.score.response_id; });
  columns.Lc("name", [](auto& r) { return r.score.name; });
  columns.template Optional<double>("value", "Nullable(Float64)",
                                    [](auto& r) { return r.score.value; });
  columns.Str("label", [](auto& r) { return r.score.label; });
  columns.Lc("source", [](auto& r) { return r.score.source; });
  columns.Lc("author", [](auto& r) { return r.score.author; });
  columns.Lc("evaluator_version", [](auto& r) { return r.score.evaluator_version; });
  columns.Lc("judge_model", [](auto& r) { return r.score.judge_model; });
  columns.Str("comment", [](auto& r) { return r.score.comment; });
  columns.Time("time", [](auto& r) { return r.score.time; });
  return columns.Take();
}

NativeBlock RollupBlock(RollupTable table, std::span<const RollupEntry* const> rows,
                        uint64_t batch) {
  using Row = const RollupEntry*;
  using Text = std::string RollupKey::*;
  const bool is_of_users = table == RollupTable::kUserHours;
  ColumnWise<Row> columns(rows);
  columns.Lc("project", [](Row r) { return std::string_view(r->first.project); });
  columns.Fixed<uint32_t>("minute", "DateTime('UTC')", [](Row r) { return r->first.minute * 60; });
  columns.Lc("kind", [](Row r) { return std::string_view(r->first.kind); });
  if (is_of_users) {
    columns.Str("user_id", [](Row r) { return std::string_view(r->first.user_id); });
  } else {
    for (const auto& [name, field] : std::initializer_list<std::pair<const char*, Text>>{
             {"provider", &RollupKey::provider},
             {"model", &RollupKey::model},
             {"service", &RollupKey::service},
             {"environment", &RollupKey::environment},
             {"release", &RollupKey::release},
             {"feature", &RollupKey::feature},
             {"error_type", &RollupKey::error_type},
             {"request_model", &RollupKey::request_model},
             {"prompt_name", &RollupKey::prompt_name},
             {"prompt_version", &RollupKey::prompt_version}})
      columns.Lc(name, [field](Row r) { return std::string_view(r->first.*field); });
    columns.Fixed<uint8_t>("counted", "UInt8", [](Row r) { return r->first.counted ? 1 : 0; });
  }
  columns.Fixed<uint64_t>("batch", "UInt64", [batch](Row) { return batch; });
  for (const auto& [name, field] : RollupSums::numbers())
    columns.Fixed<double>(name, "Float64", [field](Row r) { return r->second.*field; });
  for (const auto& [name, field] : RollupSums::wholes())
    columns.Fixed<int64_t>(name, "Int64", [field](Row r) { return r->second.*field; });
  if (is_of_users) return columns.Take();
  for (const auto& [name, field] : RollupSums::histograms())
    columns.HistogramMap(name, [field](Row r) -> const Histogram& { return r->second.*field; });
  return columns.Take();
}

NativeBlock IngestBlock(std::span<const IngestEntry* const> rows, uint64_t batch) {
  using Row = const IngestEntry*;
  ColumnWise<Row> columns(rows);
  columns.Lc("project", [](Row r) { return std::string_view(r->first.project); });
  columns.Fixed<uint32_t>("minute", "DateTime('UTC')", [](Row r) { return r->first.minute * 60; });
  columns.Lc("door", [](Row r) { return std::string_view(r->first.door); });
  columns.Lc("reason", [](Row r) { return std::string_view(r->first.reason); });
  columns.Fixed<uint64_t>("batch", "UInt64", [batch](Row) { return batch; });
  const std::pair<const char*, uint64_t IngestSums::*> sums[] = {
      {"accepted", &IngestSums::accepted},
      {"rejected", &IngestSums::rejected},
      {"dropped", &IngestSums::dropped},
      {"quarantined", &IngestSums::quarantined}};
  for (const auto& [name, field] : sums)
    columns.Fixed<uint64_t>(name, "UInt64", [field](Row r) { return r->second.*field; });
  return columns.Take();
}

NativeBlock TracePlaceBlock(std::span<const TracePlaceRow> rows) {
  ColumnWise<TracePlaceRow> columns(rows);
  columns.Lc("project", [](auto& r) { return r.project; });
  columns.Id("trace_id", 16, [](auto& r) { return r.extent.trace_id; });
  columns.Day([](auto& r) { return r.extent.first_day; });
  columns.template Fixed<uint16_t>("last_day", "Date", [](auto& r) { return r.extent.last_day; });
  columns.template Fixed<uint64_t>("version", "UInt64", [](auto& r) { return r.version; });
  columns.Time("first", [](auto& r) { return r.extent.times.first; });
  columns.Time("last", [](auto& r) { return r.extent.times.last; });
  return columns.Take();
}

NativeBlock TraceBlock(std::span<const TraceRow> rows) {
  ColumnWise<TraceRow> columns(rows);
  columns.Lc("project", [](auto& r) { return r.project; });
  columns.Day([](auto& r) { return r.day; });
  columns.Time("start_time", [](auto& r) { return r.start; });
  columns.Id("trace_id", 16, [](auto& r) { return r.trace_id; });
  columns.template Fixed<uint64_t>("version", "UInt64", [](auto& r) { return r.version; });
  columns.template Fixed<uint8_t>("is_deleted", "UInt8", [](auto& r) { return r.is_deleted; });
  columns.Time("end_time", [](auto& r) { return r.end; });
  columns.Lc("name", [](auto& r) { return r.name; });
  columns.Lc("root_kind", [](auto& r) { return r.root_kind; });
  columns.template Fixed<uint8_t>("has_root", "UInt8", [](auto& r) { return r.has_root; });
  columns.template Fixed<uint32_t>("span_count", "UInt32", [](auto& r) { return r.span_count; });
  columns.template Fixed<uint32_t>("error_count", "UInt32", [](auto& r) { return r.error_count; });
  columns.template Fixed<uint32_t>("call_count", "UInt32", [](auto& r) { return r.call_count; });
  columns.template Fixed<uint32_t>("unpriced_count", "UInt32",
                                   [](auto& r) { return r.unpriced_count; });
  columns.Lc("status", [](auto& r) { return r.status; });
  columns.Lc("service", [](auto& r) { return r.service; });
  columns.LcArray("services", [](auto& r) -> auto& { return r.services; });
  columns.LcArray("models", [](auto& r) -> auto& { return r.models; });
  columns.LcArray("kinds", [](auto& r) -> auto& { return r.kinds; });
  columns.Str("user_id", [](auto& r) { return r.user_id; });
  columns.Str("session_id", [](auto& r) { return r.session_id; });
  columns.Lc("environment", [](auto& r) { return r.environment; });
  columns.Lc("release", [](auto& r) { return r.release; });
  columns.Lc("feature", [](auto& r) { return r.feature; });
  columns.Lc("experiment", [](auto& r) { return r.experiment; });
  columns.LcArray("tags", [](auto& r) -> auto& { return r.tags; });
  columns.template Optional<uint64_t>("input_tokens", "Nullable(UInt64)",
                                      [](auto& r) { return r.input_tokens; });
  columns.template Optional<uint64_t>("output_tokens", "Nullable(UInt64)",
                                      [](auto& r) { return r.output_tokens; });
  columns.template Optional<uint64_t>("cached_input_tokens", "Nullable(UInt64)",
                                      [](auto& r) { return r.cached_input_tokens; });
  columns.template Optional<int64_t>("cost_usd", "Nullable(Decimal(18, 9))",
                                     [](auto& r) { return NanoUsd(r.cost); });
  columns.template Optional<int64_t>("ttft_ns", "Nullable(Int64)",
                                     [](auto& r) { return r.ttft_ns; });
  columns.Str("input_preview", [](auto& r) { return r.input_preview; });
  columns.Str("output_preview", [](auto& r) { return r.output_preview; });
  return columns.Take();
}

}  // namespace vitrine::settle
