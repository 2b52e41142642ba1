#include "query/internal/call_row.h"

#include <algorithm>
#include <charconv>

#include "base/arena.h"
#include "query/call_json.h"
#include "storage/schema/briefs.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;

struct Call {
  model::Span span;
  model::Capture capture = model::Capture::kOtlpHttp;
};

template <typename Enum>
void SetEnum(Enum& to, JsonValue value) {
  to = model::FromName<Enum>(value.text()).value_or(Enum{});
}

struct BriefField {
  std::string_view name;
  void (*set)(Call& call, JsonValue value);
};

// clang-format off
constexpr BriefField kBriefFields[] = {
    {"name", [](Call& c, JsonValue v) { c.span.name = v.text(); }},
    {"kind", [](Call& c, JsonValue v) { SetEnum(c.span.kind, v); }},
    {"status", [](Call& c, JsonValue v) { SetEnum(c.span.status, v); }},
    {"status_message", [](Call& c, JsonValue v) { c.span.status_message = v.text(); }},
    {"error_type", [](Call& c, JsonValue v) { SetEnum(c.span.error_type, v); }},
    {"service", [](Call& c, JsonValue v) { c.span.service = v.text(); }},
    {"provider", [](Call& c, JsonValue v) { c.span.provider = v.text(); }},
    {"request_model", [](Call& c, JsonValue v) { c.span.request_model = v.text(); }},
    {"response_model", [](Call& c, JsonValue v) { c.span.response_model = v.text(); }},
    {"input_tokens", [](Call& c, JsonValue v) { c.span.usage.input_tokens = v.ToUint(); }},
    {"cached_input_tokens", [](Call& c, JsonValue v) { c.span.usage.cached_input_tokens = v.ToUint(); }},
    {"cache_write_tokens", [](Call& c, JsonValue v) { c.span.usage.cache_write_tokens = v.ToUint(); }},
    {"output_tokens", [](Call& c, JsonValue v) { c.span.usage.output_tokens = v.ToUint(); }},
    {"reasoning_tokens", [](Call& c, JsonValue v) { c.span.usage.reasoning_tokens = v.ToUint(); }},
    {"cost_usd", [](Call& c, JsonValue v) { c.span.cost.total = Money::Parse(v.text()); }},
    {"finish_reason", [](Call& c, JsonValue v) { SetEnum(c.span.finish_reason, v); }},
    {"ttft_ns", [](Call& c, JsonValue v) { c.span.ttft_ns = v.ToInt(); }},
    {"stream", [](Call& c, JsonValue v) { c.span.stream = v.AsBool(); }},
    {"attempt", [](Call& c, JsonValue v) { c.span.attempt = static_cast<uint16_t>(v.ToUint().value_or(0)); }},
    {"served", [](Call& c, JsonValue v) { c.span.served = v.AsBool().value_or(true); }},
    {"cache_status", [](Call& c, JsonValue v) { SetEnum(c.span.cache_status, v); }},
    {"tool_name", [](Call& c, JsonValue v) { c.span.tool_name = v.text(); }},
    {"agent_name", [](Call& c, JsonValue v) { c.span.agent_name = v.text(); }},
    {"capture", [](Call& c, JsonValue v) { SetEnum(c.capture, v); }},
};
// clang-format on

/// One for each value of a brief, in its order; null where a call does not show it.
const std::vector<const BriefField*>& BriefFields() {
  static const std::vector<const BriefField*> fields = [] {
    std::vector<const BriefField*> list;
    for (const std::string& name : storage::SpanBriefNames()) {
      const auto field = std::ranges::find(kBriefFields, name, &BriefField::name);
      list.push_back(field == std::end(kBriefFields) ? nullptr : field);
    }
    return list;
  }();
  return fields;
}

void SetBrief(Call& call, JsonValue values) {
  auto field = BriefFields().begin();
  for (const JsonValue value : values.Elements()) {
    if (field == BriefFields().end()) return;
    if (*field != nullptr) (*field)->set(call, value);
    ++field;
  }
}

/// A rare field; nothing where the row has none.
template <typename T>
std::optional<T> RareNumber(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc()) return std::nullopt;
  return value;
}

ListRow ReadRow(BinaryRow& row, CallShape shape) {
  Call call;
  model::Span& span = call.span;
  span.trace_id = TraceId::FromBytes(row.Bytes(TraceId::size)).value_or(TraceId{});
  span.span_id = SpanId::FromBytes(row.Bytes(SpanId::size)).value_or(SpanId{});
  span.parent_span_id = SpanId::FromBytes(row.Bytes(SpanId::size)).value_or(SpanId{});
  span.start = Nanos{row.Int64()};
  span.end = Nanos{row.Int64()};
  Arena arena;
  syntax::JsonDocument document;
  const std::string brief = "[" + std::string(row.Text()) + "]";
  document.Parse(brief, arena);
  SetBrief(call, document.root());
  for (std::string_view* text : {&span.operation, &span.user_id, &span.session_id, &span.feature,
                                 &span.environment, &span.release}) {
    *text = row.Text();
  }
  const auto tags = row.Texts();
  span.tags = tags;
  span.tpot_ns = row.NumberOrNull<int64_t>();
  span.output_tokens_per_second = row.NumberOrNull<double>();
  span.http_status = RareNumber<uint16_t>(row.Text()).value_or(0);
  span.stall_count = RareNumber<uint32_t>(row.Text());
  span.longest_stall_ns = RareNumber<int64_t>(row.Text());
  span.call_id = row.Text();
  span.input_preview = row.Text();
  span.output_preview = row.Text();
  ListRow listed{{span.start, span.trace_id, span.span_id}, {}};
  AppendCallJson(listed.json, span, call.capture, shape);
  return listed;
}

}  // namespace

ListRow ReadCallRow(BinaryRow& row) { return ReadRow(row, CallShape::kCall); }
ListRow ReadSpanRow(BinaryRow& row) { return ReadRow(row, CallShape::kSpan); }

}  // namespace vitrine::query
