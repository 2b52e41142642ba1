#include "query/filter/span_match.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "syntax/base64.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

using Kind = FilterNode::Kind;

/// What a span has of a field. Texts of which one must match; or a number in the field's unit.
struct Found {
  std::vector<std::string> texts;
  std::optional<double> number;
  std::optional<int64_t> whole;

  Found& Text(std::string_view text) {
    if (!text.empty()) texts.emplace_back(text);
    return *this;
  }
  template <typename T>
  static Found Number(const std::optional<T>& value) {
    Found found;
    if (value) found.number = static_cast<double>(*value);
    return found;
  }
  /// 0 means unknown.
  static Found Positive(uint64_t value) {
    return Number(value == 0 ? std::nullopt : std::optional(value));
  }
  static Found Whole(std::optional<int64_t> value) {
    Found found;
    found.whole = value;
    return found;
  }
  static Found Money(const std::optional<vitrine::Money>& value) {
    return Whole(value ? std::optional(value->nano_usd) : std::nullopt);
  }
  static Found Bool(std::optional<bool> value) {
    return Whole(value ? std::optional<int64_t>(*value ? 1 : 0) : std::nullopt);
  }
};

using model::Span;
using Reader = Found (*)(const Span&);

// clang-format off
constexpr std::pair<std::string_view, Reader> kReaders[] = {
      {"kind", [](const Span& s) { return Found().Text(Name(s.kind)); }},
      {"name", [](const Span& s) { return Found().Text(s.name); }},
      {"status", [](const Span& s) { return Found().Text(s.status == model::SpanStatus::kError ? "error" : "ok"); }},
      {"error_type", [](const Span& s) { return Found().Text(Name(s.error_type)); }},
      {"http_status", [](const Span& s) { return Found::Positive(s.http_status); }},
      {"status_message", [](const Span& s) { return Found().Text(s.status_message); }},
      {"time", [](const Span& s) { return Found::Whole(s.start.since_epoch); }},
      {"duration", [](const Span& s) { return Found::Whole(LengthOf(s.start, s.end)); }},
      {"ttft", [](const Span& s) { return Found::Whole(s.ttft_ns); }},
      {"tpot", [](const Span& s) { return Found::Whole(s.tpot_ns); }},
      {"queue", [](const Span& s) { return Found::Whole(s.queue_ns); }},
      {"longest_stall", [](const Span& s) { return Found::Whole(s.longest_stall_ns); }},
      {"stalls", [](const Span& s) { return Found::Number(s.stall_count); }},
      {"tokens_per_second", [](const Span& s) { return Found::Number(s.output_tokens_per_second); }},
      {"model", [](const Span& s) { return Found().Text(s.request_model).Text(s.response_model); }},
      {"request_model", [](const Span& s) { return Found().Text(s.request_model); }},
      {"response_model", [](const Span& s) { return Found().Text(s.response_model); }},
      {"provider", [](const Span& s) { return Found().Text(s.provider); }},
      {"operation", [](const Span& s) { return Found().Text(s.operation); }},
      {"finish_reason", [](const Span& s) { return Found().Text(Name(s.finish_reason)); }},
      {"stream", [](const Span& s) { return Found::Bool(s.stream); }},
      {"refusal", [](const Span& s) { return Found::Bool(s.refusal); }},
      {"temperature", [](const Span& s) { return Found::Number(s.temperature); }},
      {"top_p", [](const Span& s) { return Found::Number(s.top_p); }},
      {"max_tokens", [](const Span& s) { return Found::Number(s.max_tokens); }},
      {"region", [](const Span& s) { return Found().Text(s.region); }},
      {"service_tier", [](const Span& s) { return Found().Text(s.service_tier); }},
      {"deployment", [](const Span& s) { return Found().Text(s.deployment_id); }},
      {"input_tokens", [](const Span& s) { return Found::Number(s.usage.input_tokens); }},
      {"output_tokens", [](const Span& s) { return Found::Number(s.usage.output_tokens); }},
      {"total_tokens", [](const Span& s) {
         const bool known = s.usage.input_tokens && s.usage.output_tokens;
         return known ? Found::Number(std::optional(*s.usage.input_tokens + *s.usage.output_tokens)) : Found();
       }},
      {"cached_input_tokens", [](const Span& s) { return Found::Number(s.usage.cached_input_tokens); }},
      {"cache_write_tokens", [](const Span& s) { return Found::Number(s.usage.cache_write_tokens); }},
      {"reasoning_tokens", [](const Span& s) { return Found::Number(s.usage.reasoning_tokens); }},
      {"usage_source", [](const Span& s) { return Found().Text(Name(s.usage.source)); }},
      {"cost_usd", [](const Span& s) { return Found::Money(s.cost.total); }},
      {"saved_cost_usd", [](const Span& s) { return Found::Money(s.cost.saved); }},
      {"reported_cost_usd", [](const Span& s) { return Found::Money(s.cost.reported); }},
      {"price", [](const Span& s) { return Found().Text(s.cost.price_id); }},
      {"service", [](const Span& s) { return Found().Text(s.service); }},
      {"version", [](const Span& s) { return Found().Text(s.service_version); }},
      {"environment", [](const Span& s) { return Found().Text(s.environment); }},
      {"release", [](const Span& s) { return Found().Text(s.release); }},
      {"feature", [](const Span& s) { return Found().Text(s.feature); }},
      {"experiment", [](const Span& s) { return Found().Text(s.experiment); }},
      {"user", [](const Span& s) { return Found().Text(s.user_id); }},
      {"session", [](const Span& s) { return Found().Text(s.session_id); }},
      {"tag", [](const Span& s) {
         Found found;
         for (const std::string_view tag : s.tags) found.Text(tag);
         return found;
       }},
      {"dialect", [](const Span& s) { return Found().Text(s.dialect); }},
      {"scope", [](const Span& s) { return Found().Text(s.scope_name); }},
      {"tool", [](const Span& s) { return Found().Text(s.tool_name); }},
      {"tool_call", [](const Span& s) {
         Found found;
         for (const model::ToolCall& call : s.tool_calls) found.Text(call.name);
         return found;
       }},
      {"agent", [](const Span& s) { return Found().Text(s.agent_name); }},
      {"workflow", [](const Span& s) { return Found().Text(s.workflow_name); }},
      {"prompt", [](const Span& s) { return Found().Text(s.prompt_name); }},
      {"prompt_version", [](const Span& s) { return Found().Text(s.prompt_version); }},
      {"stage", [](const Span& s) { return Found().Text(s.stage); }},
      {"guardrail", [](const Span& s) { return Found().Text(s.guardrail_name); }},
      {"guardrail_result", [](const Span& s) { return Found().Text(Name(s.guardrail_result)); }},
      {"retrieval.count", [](const Span& s) { return Found::Number(s.retrieval_count); }},
      {"retrieval.score", [](const Span& s) { return Found::Number(s.retrieval_avg_score); }},
      {"retrieval.top_k", [](const Span& s) { return Found::Number(s.retrieval_top_k); }},
      {"retrieval.query", [](const Span& s) { return Found().Text(s.retrieval_query); }},
      {"retrieval.source", [](const Span& s) { return Found().Text(s.data_source); }},
      {"retrieval.document", [](const Span& s) {
         Found found;
         for (const model::RetrievedDocument& document : s.documents) found.Text(document.id);
         return found;
       }},
      {"attempt", [](const Span& s) { return Found::Positive(s.attempt); }},
      {"served", [](const Span& s) { return Found::Bool(s.served); }},
      {"cache_status", [](const Span& s) { return Found().Text(Name(s.cache_status)); }},
      {"call_id", [](const Span& s) { return Found().Text(s.call_id); }},
      {"response_id", [](const Span& s) { return Found().Text(s.response_id); }},
      {"request_id", [](const Span& s) { return Found().Text(s.request_id); }},
      {"trace_id", [](const Span& s) { return Found().Text(s.trace_id.ToHex()); }},
      {"span_id", [](const Span& s) { return Found().Text(s.span_id.ToHex()); }},
      {"parent_id", [](const Span& s) { return s.parent_span_id ? Found().Text(s.parent_span_id.ToHex()) : Found(); }},
};

constexpr std::pair<std::string_view, bool (*)(const Span&)> kHasReaders[] = {
      {"error", [](const Span& s) { return s.status == model::SpanStatus::kError; }},
      {"tool_call", [](const Span& s) { return !s.tool_calls.empty(); }},
      {"cost", [](const Span& s) { return s.cost.total.has_value(); }},
      {"partial", [](const Span& s) { return s.error_type == model::ErrorType::kPartial; }},
      {"stall", [](const Span& s) { return s.stall_count.value_or(0) > 0; }},
      {"retry", [](const Span& s) { return s.attempt > 1; }},
      {"parent", [](const Span& s) { return !s.parent_span_id.is_zero(); }},
      {"attachment", [](const Span& s) {
         const auto has = [](const model::Message& message) {
           const std::string_view parts = message.parts_template;
           return parts.find("\"type\":\"blob\"") != parts.npos || parts.find("\"type\":\"uri\"") != parts.npos ||
                  parts.find("\"type\":\"file\"") != parts.npos;
         };
         return std::ranges::any_of(s.input_messages, has) || std::ranges::any_of(s.output_messages, has);
       }},
};
// clang-format on

/// The reader of a name, or null.
template <typename Table>
auto ReaderOf(const Table& table, std::string_view name) -> decltype(table[0].second) {
  for (const auto& [known, reader] : table) {
    if (known == name) return reader;
  }
  return nullptr;
}

/// An attribute's value as it will be stored.
std::string StoredText(const model::Value& value) {
  std::string text;
  switch (value.type) {
    case model::ValueType::kNull: break;
    case model::ValueType::kString:
    case model::ValueType::kJson: text = value.text; break;
    case model::ValueType::kBool: text = value.boolean ? "true" : "false"; break;
    case model::ValueType::kInt: text = std::to_string(value.integer); break;
    case model::ValueType::kDouble: syntax::AppendJsonDouble(text, value.number); break;
    case model::ValueType::kBytes: text = syntax::Base64Encode(value.text); break;
  }
  return text;
}

/// What a sender wrote for an attribute; nothing where it wrote none.
std::optional<std::string> AttributeOf(const Span& span, std::string_view key) {
  for (const auto attributes : {span.attributes, span.resource}) {
    const auto found = std::ranges::find(attributes, key, &model::Attribute::key);
    if (found != attributes.end()) return StoredText(found->value);
  }
  return std::nullopt;
}

bool FitsPattern(const FilterValue& value, std::string_view text) {
  if (!value.has_star()) return text == value.pieces[0];
  if (!text.starts_with(value.pieces.front())) return false;
  text.remove_prefix(value.pieces.front().size());
  for (size_t i = 1; i + 1 < value.pieces.size(); ++i) {
    const size_t at = text.find(value.pieces[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + value.pieces[i].size());
  }
  return text.ends_with(value.pieces.back());
}

template <typename T>
bool Compares(FilterOperator op, T found, T asked) {
  switch (op) {
    case FilterOperator::kIs: return found == asked;
    case FilterOperator::kLess: return found < asked;
    case FilterOperator::kLessOrEqual: return found <= asked;
    case FilterOperator::kGreater: return found > asked;
    case FilterOperator::kGreaterOrEqual: return found >= asked;
  }
  return false;
}

bool MeetsWhole(FilterOperator op, const FilterMatch& match, int64_t found) {
  const FilterValue& value = match.value;
  if (value.kind != FilterValue::Kind::kTime) {
    if (match.last) return found >= value.whole && found <= match.last->whole;
    return Compares(op, found, value.whole);
  }
  const int64_t behind = match.last ? match.last->until : value.until;
  switch (op) {
    case FilterOperator::kIs: return found >= value.whole && found < behind;
    case FilterOperator::kLess: return found < value.whole;
    case FilterOperator::kLessOrEqual: return found < behind;
    case FilterOperator::kGreater: return found >= behind;
    case FilterOperator::kGreaterOrEqual: return found >= value.whole;
  }
  return false;
}

bool MeetsMatch(const FilterNode& term, const FilterMatch& match, const Found& found) {
  switch (match.value.kind) {
    case FilterValue::Kind::kPattern:
      return std::ranges::any_of(
          found.texts, [&](const std::string& text) { return FitsPattern(match.value, text); });
    case FilterValue::Kind::kNumber:
      if (!found.number) return false;
      if (match.last)
        return *found.number >= match.value.number && *found.number <= match.last->number;
      return Compares(term.op, *found.number, match.value.number);
    case FilterValue::Kind::kWhole:
    case FilterValue::Kind::kTime: return found.whole && MeetsWhole(term.op, match, *found.whole);
  }
  return false;
}

class Matcher {
 public:
  Matcher(const Span& span, model::Capture capture) : span_(span), capture_(capture) {}

  bool Meets(const FilterNode& node) const {
    const auto meets = [&](const FilterNode& part) { return Meets(part); };
    switch (node.kind) {
      case Kind::kAnd: return std::ranges::all_of(node.parts, meets);
      case Kind::kOr: return std::ranges::any_of(node.parts, meets);
      case Kind::kNot: return !Meets(node.parts[0]);
      case Kind::kTerm: return MeetsTerm(node);
      case Kind::kWords:
      case Kind::kSpan:
      case Kind::kPath: break;
    }
    VITRINE_CHECK(false);
    return false;
  }

 private:
  bool MeetsTerm(const FilterNode& term) const {
    if (term.field->type == FieldType::kHas) {
      return std::ranges::any_of(
          term.matches, [&](const FilterMatch& match) { return Has(match.value.pieces[0]); });
    }
    const Found found =
        term.field->type == FieldType::kAttribute ? Attribute(term.key) : Value(*term.field);
    return std::ranges::any_of(
        term.matches, [&](const FilterMatch& match) { return MeetsMatch(term, match, found); });
  }

  Found Value(const FilterField& field) const {
    if (field.name == "capture") return Found().Text(Name(capture_));
    const Reader reader = ReaderOf(kReaders, field.name);
    VITRINE_CHECK(reader != nullptr);
    return reader(span_);
  }

  Found Attribute(const std::string& key) const {
    Found found;
    const auto text = AttributeOf(span_, key);
    if (!text) return found;
    found.texts.push_back(*text);
    double number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size()) found.number = number;
    return found;
  }

  bool Has(const std::string& name) const {
    if (const auto reader = ReaderOf(kHasReaders, name)) return reader(span_);
    if (name.starts_with("attr.")) return AttributeOf(span_, name.substr(5)).has_value();
    const Found found = Value(*FindField(name));
    return !found.texts.empty() || found.number || found.whole;
  }

  const Span& span_;
  const model::Capture capture_;
};

/// What of a term a span alone does not say, or null.
const char* Unknown(const FilterNode& term) {
  const FilterField& field = *term.field;
  if (field.type == FieldType::kScore) return "scores come later";
  if (field.type == FieldType::kAttribute) return nullptr;
  if (field.place == FieldPlace::kTrace || field.place == FieldPlace::kKindCount)
    return "it is of the whole trace";
  if (field.name == "counted") return "what counts is decided when a span is settled";
  if (field.type != FieldType::kHas) return nullptr;
  for (const FilterMatch& match : term.matches) {
    const std::string& name = match.value.pieces[0];
    if (name.starts_with("score")) return "scores come later";
    if (name == "unpriced" || name == "counted")
      return "what counts is decided when a span is settled";
  }
  return nullptr;
}

std::expected<void, FilterProblem> CheckNode(const FilterNode& node) {
  const char* why = nullptr;
  switch (node.kind) {
    case Kind::kWords: why = "words are found once they are stored"; break;
    case Kind::kSpan:
    case Kind::kPath: why = "it asks about other spans of the trace"; break;
    case Kind::kTerm: why = Unknown(node); break;
    default: break;
  }
  if (why != nullptr) {
    return std::unexpected(
        FilterProblem{node.from,
                      node.to,
                      std::string("a live tail sees each span alone, as it comes in: ") + why,
                      {}});
  }
  for (const FilterNode& part : node.parts) {
    if (auto checked = CheckNode(part); !checked) return checked;
  }
  return {};
}

}  // namespace

std::expected<void, FilterProblem> CheckSpanMatch(const Filter& filter) {
  return CheckNode(filter.root);
}

bool MatchesSpan(const Filter& filter, const model::Span& span, model::Capture capture) {
  return Matcher(span, capture).Meets(filter.root);
}

}  // namespace vitrine::query
