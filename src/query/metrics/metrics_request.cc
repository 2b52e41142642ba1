#include "query/metrics/metrics_request.h"

#include <algorithm>

#include "base/arena.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;

// The engine's calendar: whole years that its dates and times both hold.
constexpr Nanos kTimeMin{0};
constexpr Nanos kTimeMax{4'102'444'800ll * kNanosPerSecond};  // 2100-01-01

std::unexpected<Error> Wrong(std::string message) {
  return Fail(ErrorCode::kInvalidInput, std::move(message));
}

Result<std::optional<Nanos>> TimeOf(const JsonValue& value, std::string_view name) {
  if (value.is_nothing()) return std::optional<Nanos>();
  const auto time = value.is_string() ? ParseRfc3339(value.text()) : std::nullopt;
  if (!time || *time < kTimeMin || *time > kTimeMax) {
    return Wrong(std::string(name) + ": is a time like 2026-11-21T01:31:07Z, from 1970 to 2100");
  }
  return time;
}

Result<std::vector<std::string_view>> TextsOf(const JsonValue& value, std::string_view name,
                                              size_t max) {
  std::vector<std::string_view> texts;
  if (value.is_nothing()) return texts;
  if (!value.is_array()) return Wrong(std::string(name) + ": is a list of texts");
  if (value.size() > max) {
    return Fail(ErrorCode::kLimitExceeded,
                std::string(name) + ": has at most " + std::to_string(max) + " entries");
  }
  for (const JsonValue element : value.Elements()) {
    if (!element.is_string()) return Wrong(std::string(name) + ": is a list of texts");
    texts.push_back(element.text());
  }
  return texts;
}

Result<void> ReadText(const JsonValue& value, const char* name, std::optional<std::string>& text) {
  if (value.is_nothing()) return {};
  if (!value.is_string()) return Wrong(std::string(name) + ": is a text like \"model:gpt-4o\"");
  text = value.text();
  return {};
}

Result<void> ReadMeasures(const JsonValue& root, MetricsRequest& request) {
  TRY_ASSIGN(const auto texts, TextsOf(root["measures"], "measures", kMeasuresMax));
  if (texts.empty()) return Wrong("measures: name at least one, like [\"count\"]");
  for (const std::string_view text : texts) {
    TRY_ASSIGN(Formula formula, ParseFormula(text));
    request.measures.push_back({std::string(text), std::move(formula)});
  }
  TRY_ASSIGN(request.order, ParseFormula("count"));
  const auto ordered = std::ranges::find_if(
      request.measures, [](const Measure& measure) { return !measure.formula.is_histogram(); });
  if (ordered != request.measures.end()) request.order = ordered->formula;
  const JsonValue order = root["order"];
  if (!order.is_nothing()) {
    if (!order.is_string()) return Wrong("order: is a measure, like \"count\" or \"-count\"");
    TRY_ASSIGN(request.order, ParseFormula(order.text()));
  }
  if (request.order.is_histogram()) return Wrong("order: a histogram has no order; name a measure");
  return {};
}

Result<void> ReadGroups(const JsonValue& root, MetricsRequest& request) {
  TRY_ASSIGN(const auto names, TextsOf(root["group_by"], "group_by", kGroupDimensionsMax));
  for (const std::string_view name : names) {
    TRY_ASSIGN(Dimension dimension, ParseDimension(name, request.unit));
    for (const Dimension& other : request.group_by)
      if (other.name == dimension.name) return Wrong("group_by: names '" + other.name + "' twice");
    request.group_by.push_back(std::move(dimension));
  }
  const auto lists = std::ranges::count_if(request.group_by, [&](const Dimension& dimension) {
    return dimension.is_list(request.unit);
  });
  if (lists > 1)
    return Wrong("group_by: of dimensions that have several values in one row, take one");
  const JsonValue top = root["top"];
  if (top.is_nothing()) return {};
  const auto count = top.AsInt();
  if (!count || *count < 1 || *count > kGroupsMax)
    return Wrong("top: is a whole number from 1 to " + std::to_string(kGroupsMax));
  request.top = static_cast<uint32_t>(*count);
  return {};
}

Result<void> ReadTimeBuckets(const JsonValue& root, MetricsRequest& request) {
  const JsonValue zone = root["time_zone"];
  if (!zone.is_nothing() && !zone.is_string())
    return Wrong("time_zone: is a name like UTC or Europe/Berlin");
  if (zone.is_string()) request.time_zone = zone.text();
  const JsonValue interval = root["interval"];
  if (interval.is_nothing()) return {};
  request.has_series = true;
  if (interval.text() == "auto") return {};
  TRY_ASSIGN(request.interval, ParseInterval(interval.text()));
  return {};
}

Result<void> ReadCompare(const JsonValue& root, Nanos now, MetricsRequest& request) {
  const JsonValue compare = root["compare"];
  if (compare.is_nothing()) return {};
  if (compare.text() == "previous") {
    request.compare = MetricsRequest::Compare::kPrevious;
    return {};
  }
  if (!compare.is_object())
    return Wrong("compare: is \"previous\", {\"from\",\"to\"} or {\"filter\"}");
  TRY(CheckMembers(compare, "from, to, filter"));
  request.compare = MetricsRequest::Compare::kOther;
  request.compare_scope = request.scope;
  if (!compare["from"].is_nothing() || !compare["to"].is_nothing()) {
    if (compare["from"].is_nothing() || compare["to"].is_nothing())
      return Wrong("compare: needs both from and to");
    TRY_ASSIGN(request.compare_scope.range, ParseTimeRange(compare, now));
  }
  return ReadText(compare["filter"], "compare: filter", request.compare_filter_text);
}

}  // namespace

Result<void> CheckTerms(const CallFilter& terms, MetricsUnit unit) {
  if (unit != MetricsUnit::kTraces) {
    return CheckCallFilter(
        terms, unit == MetricsUnit::kCalls ? KindRule::kModelCalls : KindRule::kAnyKind);
  }
  if (!terms.error_type.empty() || !terms.provider.empty() || !terms.capture.empty() ||
      terms.stream) {
    return Wrong("error_type, provider, capture and stream are of calls; take unit calls");
  }
  return CheckFilter(terms);
}

Result<void> ParseBody(std::string_view body, const char* example, Arena& arena,
                       syntax::JsonDocument& document) {
  if (body.size() > kMetricsBodyBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "the body has more than 64 KiB");
  if (document.Parse(body, arena) != syntax::JsonStatus::kOk || !document.root().is_object())
    return Wrong(std::string("the body is JSON like ") + example);
  return {};
}

Result<void> CheckMembers(const JsonValue& object, std::string_view known) {
  for (const auto& member : object.Members()) {
    const std::string name = ", " + std::string(member.key) + ",";
    if ((", " + std::string(known) + ",").find(name) == std::string::npos) {
      return Wrong("there is no member '" + std::string(member.key) +
                   "' here; there are: " + std::string(known));
    }
  }
  return {};
}

FilterUnit FilterUnitOf(MetricsUnit unit) {
  switch (unit) {
    case MetricsUnit::kCalls: return FilterUnit::kCalls;
    case MetricsUnit::kSpans: return FilterUnit::kSpans;
    default: return FilterUnit::kTraces;
  }
}

Result<MetricsUnit> ParseMetricsUnit(const JsonValue& value) {
  if (value.is_nothing() || value.text() == "calls") return MetricsUnit::kCalls;
  if (value.text() == "spans") return MetricsUnit::kSpans;
  if (value.text() == "traces") return MetricsUnit::kTraces;
  return Wrong("unit: is calls, spans or traces");
}

Result<TimeRange> ParseTimeRange(const JsonValue& object, Nanos now) {
  TRY_ASSIGN(const auto from, TimeOf(object["from"], "from"));
  TRY_ASSIGN(const auto to, TimeOf(object["to"], "to"));
  // To the end of the running minute: rollups answer whole minutes.
  constexpr int64_t kMinute = 60 * kNanosPerSecond;
  TimeRange range;
  range.to = to.value_or(Nanos{(now.since_epoch / kMinute + 1) * kMinute});
  range.from = from.value_or(Nanos{std::max<int64_t>(0, range.to.since_epoch - kNanosPerDay)});
  if (range.from >= range.to) return Wrong("from: must be before to");
  return range;
}

Result<MetricsRequest> ParseMetricsRequest(std::string_view body, const CallFilter& terms,
                                           Nanos now) {
  Arena arena;
  syntax::JsonDocument document;
  TRY(ParseBody(body, "{\"measures\":[\"count\"],\"group_by\":[\"model\"]}", arena, document));
  const JsonValue root = document.root();
  TRY(CheckMembers(root,
                   "unit, filter, from, to, measures, group_by, interval, time_zone, top, order, "
                   "compare, exact"));
  MetricsRequest request;
  request.scope.now = request.compare_scope.now = now;
  request.scope.filter = terms;
  request.top = kGroupsDefault;
  TRY_ASSIGN(request.unit, ParseMetricsUnit(root["unit"]));
  TRY(CheckTerms(terms, request.unit));
  TRY_ASSIGN(request.scope.range, ParseTimeRange(root, now));
  std::optional<std::string> filter;
  TRY(ReadText(root["filter"], "filter", filter));
  request.filter_text = filter.value_or("");
  TRY(ReadMeasures(root, request));
  TRY(ReadGroups(root, request));
  TRY(ReadTimeBuckets(root, request));
  TRY(ReadCompare(root, now, request));
  if (!root["exact"].is_nothing() && !root["exact"].is_bool())
    return Wrong("exact: is true or false");
  request.is_exact = root["exact"].AsBool().value_or(false);
  return request;
}

}  // namespace vitrine::query
