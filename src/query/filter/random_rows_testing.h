// RandomRows: a project of random spans, traces, scores and messages, as plain values and as the
// rows of the engine's tables, older versions, tombstones and fragments among them. Owner: values.
// Threads: one test.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "query/filter/naive_rows_testing.h"
#include "query/filter/random_filter_testing.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {

/// How a field of a test is stored.
struct StoredField {
  enum class Form { kText, kTexts, kNumber, kWhole, kMoney, kBool };
  const char* field;
  const char* column;
  Form form;
  bool is_rare = false;
  bool is_always_there = false;
};

inline std::vector<StoredField> StoredFields() {
  using enum StoredField::Form;
  return {{"name", "name", kText},
          {"status", "status", kText, false, true},
          {"kind", "kind", kText, false, true},
          {"error_type", "error_type", kText},
          {"finish_reason", "finish_reason", kText},
          {"guardrail_result", "guardrail_result", kText},
          {"cache_status", "cache_status", kText},
          {"provider", "provider", kText},
          {"request_model", "request_model", kText},
          {"response_model", "response_model", kText},
          {"response_id", "response_id", kText},
          {"service", "service", kText},
          {"environment", "environment", kText},
          {"release", "release", kText},
          {"feature", "feature", kText},
          {"user", "user_id", kText},
          {"session", "session_id", kText},
          {"tool", "tool_name", kText},
          {"agent", "agent_name", kText},
          {"prompt", "prompt_name", kText},
          {"retrieval.source", "data_source", kText},
          {"region", "region", kText, true},
          {"retrieval.query", "retrieval_query", kText, true},
          {"tag", "tags", kTexts},
          {"tool_call", "tool_call_names", kTexts},
          {"retrieval.document", "document_ids", kTexts},
          {"input_tokens", "input_tokens", kNumber},
          {"output_tokens", "output_tokens", kNumber},
          {"cached_input_tokens", "cached_input_tokens", kNumber},
          {"tokens_per_second", "output_tokens_per_second", kNumber},
          {"retrieval.count", "retrieval_count", kNumber},
          {"retrieval.score", "retrieval_avg_score", kNumber},
          {"stalls", "stall_count", kNumber, true},
          {"http_status", "http_status", kNumber, true},
          {"temperature", "temperature", kNumber, true},
          {"attempt", "attempt", kNumber},
          {"ttft", "ttft_ns", kWhole},
          {"queue", "queue_ns", kWhole, true},
          {"cost_usd", "cost_usd", kMoney},
          {"saved_cost_usd", "saved_cost_usd", kMoney},
          {"stream", "stream", kBool},
          {"refusal", "refusal", kBool, true, true},
          {"served", "served", kBool, false, true},
          {"counted", "counted", kBool, false, true}};
}

/// The fields whose values are made of others'.
inline std::vector<std::string> DerivedFields() {
  return {"model",      "total_tokens",    "duration",   "time",           "trace_id",
          "span_id",    "parent_id",       "has",        "attr.x",         "score.x",
          "span.count", "error.count",     "call.count", "unpriced.count", "root_kind",
          "llm.count",  "embedding.count", "tool.count", "agent.count"};
}

/// Rows of one table, one JSON object each, in the order they are to be inserted.
struct TableRows {
  std::vector<std::string> spans[3];   ///< By version.
  std::vector<std::string> traces[2];  ///< By version.
  std::vector<std::string> scores, messages;
};

class RandomRows {
 public:
  RandomRows(uint64_t seed, std::string project) : random_(seed), project_(std::move(project)) {
    MakeMessages();
    for (size_t count = 6 + Pick(10), i = 0; i < count; ++i) MakeTrace(i);
    MakeScores();
  }

  const NaiveRows& naive() const { return naive_; }
  const TableRows& rows() const { return rows_; }

  /// What filters over these rows may ask for.
  RandomFilterOptions FilterOptions(FilterUnit unit) const {
    RandomFilterOptions options;
    options.unit = unit;
    for (const StoredField& field : StoredFields())
      options.fields.push_back(FindField(field.field));
    for (const std::string& field : DerivedFields()) options.fields.push_back(FindField(field));
    options.texts = kTexts;
    options.numbers = {0, 1, 2, 3, 0.5, 100, -1, 429, 1e9};
    options.durations = {0, 5, 10, 1'000, 50'000, 1'000'000'000};
    options.moneys = {0, 1, 500'000'000, 1'000'000'000, 20'000'000'000};
    options.times = {"2023-11-14", "2023-11-15", "2023-11-14T22:13:20.000000010Z",
                     "2023-11-14T22:13:20.00005Z"};
    options.words = {"refund", "refund policy", "FOO bar", "bar", "zzz", "policy", "caf\xC3\xA9"};
    options.keys = {"k", "n", "my.key"};
    options.score_names = {"f", "g"};
    options.has_words = {
        "error", "tool_call", "cost",     "unpriced", "partial", "stall",
        "retry", "parent",    "score",    "user",     "model",   "attachment",
        "tag",   "attr.k",    "score.f",  "time",     "stream",  "retrieval.count",
        "ttft",  "region",    "duration", "attr.n",   "served",  "retrieval.query"};
    for (const NaiveTrace& trace : naive_.traces) options.ids.push_back(Hex(trace.id));
    for (size_t i = 0; i < naive_.spans.size() && i < 5; ++i)
      options.ids.push_back(Hex(naive_.spans[i].id));
    options.depth = 2;
    return options;
  }

  static std::string Hex(const std::string& bytes) {
    std::string hex(2 * bytes.size(), '\0');
    HexEncode(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), hex.data());
    return hex;
  }
  size_t Pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }

 private:
  // Near each other, so that filters match often, and with what LIKE and SQL treat apart.
  static inline const std::vector<std::string> kTexts = {"a",   "b",    "ab", "a b",        "50%",
                                                         "a_b", "it's", "\\", "caf\xC3\xA9"};
  static constexpr int64_t kBegin = 1'700'000'000'000'000'000;  // 2023-11-14T22:13:20Z
  static constexpr size_t kMessages = 8;

  bool Chance(size_t one_in) { return Pick(one_in) == 0; }
  const std::string& Text() { return kTexts[Pick(kTexts.size())]; }
  /// `size` bytes that say a number.
  static std::string Id(const char* letter, size_t number, size_t size) {
    std::string digits = std::to_string(number);
    return letter + std::string(size - 1 - digits.size(), '0') + digits;
  }
  static std::string TimeText(int64_t time) {
    std::string text = FormatRfc3339(Nanos{time});
    text[10] = ' ';
    text.pop_back();
    return text;
  }

  void MakeMessages() {
    for (const char* texts : {"refund policy", "policy, refund!", "the Foo-Bar of it", "foo x bar",
                              "bar", "caf\xC3\xA9 policy", "nothing", "Refund  Policy bar"}) {
      naive_.messages.push_back({texts, naive_.messages.size() % 4 == 3});
    }
    for (size_t i = 0; i < kMessages; ++i) {
      for (const char* day : {"2023-11-14", "2023-11-15"}) {
        std::string row;
        syntax::JsonWriter json(row);
        json.BeginObject()
            .Member("project", project_)
            .Member("day", day)
            .Member("retention", "keep");
        json.Member("hash", Id("m", i, 16)).Member("role", "user");
        json.Member("texts", naive_.messages[i].texts);
        json.Member("parts_template", naive_.messages[i].has_attachment
                                          ? R"([{"type":"uri","uri":"x"}])"
                                          : R"([{"type":"text","content":"\"type\":\"uri\""}])");
        json.EndObject();
        rows_.messages.push_back(std::move(row));
      }
    }
  }

  NaiveValues Values() {
    NaiveValues values;
    for (const StoredField& field : StoredFields()) {
      if (!field.is_always_there && !Chance(3)) continue;
      const FilterField& known = *FindField(field.field);
      switch (field.form) {
        case StoredField::Form::kText:
          values.texts[field.field] = {
              known.values.empty() ? Text() : std::string(known.values[Pick(known.values.size())])};
          break;
        case StoredField::Form::kTexts:
          values.texts[field.field] = {Text()};
          if (Chance(2)) values.texts[field.field].push_back(Text());
          break;
        case StoredField::Form::kNumber: values.numbers[field.field] = Number(field); break;
        case StoredField::Form::kWhole:
          values.wholes[field.field] = std::vector<int64_t>{0, 5, 10, 1'000, 50'000}[Pick(5)];
          break;
        case StoredField::Form::kMoney:
          values.wholes[field.field] =
              std::vector<int64_t>{0, 1, 500'000'000, 1'000'000'000}[Pick(4)];
          break;
        case StoredField::Form::kBool: values.wholes[field.field] = Chance(2) ? 1 : 0; break;
      }
    }
    if (Chance(4)) values.texts["status"] = {"unset"};
    return values;
  }

  double Number(const StoredField& field) {
    const std::string_view name = field.field;
    if (name == "http_status") return std::vector<double>{200, 429, 500}[Pick(3)];
    if (name == "attempt") return static_cast<double>(1 + Pick(3));
    const bool is_real =
        name == "temperature" || name == "retrieval.score" || name == "tokens_per_second";
    return is_real ? std::vector<double>{0, 0.5, 1, 2}[Pick(4)]
                   : std::vector<double>{0, 1, 2, 3, 100}[Pick(5)];
  }

  /// Some version of a span: all but its key.
  NaiveSpan Span(const std::string& trace, size_t number, size_t spans_before) {
    NaiveSpan span;
    span.trace = trace;
    span.id = Id("s", number, 8);
    if (spans_before > 0 && !Chance(5)) span.parent = Id("s", number - 1 - Pick(spans_before), 8);
    if (Chance(20)) span.parent = Id("s", number, 8);  // Its own parent.
    span.start = kBegin + static_cast<int64_t>(Pick(100'000));
    // Some end before they begin, or are not known to end.
    span.end = Chance(10) ? 0 : span.start + static_cast<int64_t>(Pick(20)) - 2;
    span.values = Values();
    for (const char* key : {"k", "n", "my.key"}) {
      if (Chance(3)) span.attributes[key] = AttributeText();
      if (Chance(4)) span.resource[key] = AttributeText();
    }
    for (size_t count = Pick(4), i = 0; i < count; ++i) span.input.push_back(Pick(kMessages));
    span.input_new_from = Pick(span.input.size() + 1);
    if (Chance(2)) span.output.push_back(Pick(kMessages));
    return span;
  }
  std::string AttributeText() {
    constexpr const char* kNumbers[] = {"1", "2", "0.5", "-1", "100"};
    return Chance(2) ? kNumbers[Pick(5)] : Text();
  }

  void MakeTrace(size_t number) {
    const std::string id = Id("t", number, 16);
    const size_t first = number * 100;
    size_t count = 1 + Pick(8);
    std::vector<NaiveSpan> newest;
    for (size_t i = 0; i < count; ++i) newest.push_back(MakeSpan(id, first + i, i));
    for (NaiveSpan& span : newest) naive_.spans.push_back(span);
    std::erase_if(newest, [](const NaiveSpan& span) { return span.is_fragment; });
    if (!newest.empty()) MakeTraceRow(id, newest);
  }

  /// Up to three versions; where the start changes, the older place gets a tombstone.
  NaiveSpan MakeSpan(const std::string& trace, size_t number, size_t spans_before) {
    const size_t versions = 1 + Pick(3);
    NaiveSpan span;
    for (size_t version = 0; version < versions; ++version) {
      NaiveSpan next = Span(trace, number, spans_before);
      next.is_fragment = version + 1 == versions ? Chance(12) : Chance(4);
      if (version > 0 && !Chance(3)) {
        next.start = span.start;
      } else if (version > 0 && next.start != span.start) {
        rows_.spans[version].push_back(SpanRow(span, version + 1, true));
      }
      rows_.spans[version].push_back(SpanRow(next, version + 1, false));
      span = std::move(next);
    }
    Derive(span.values, span.start, span.end);
    span.values.texts["trace_id"] = {Hex(trace)};
    span.values.texts["span_id"] = {Hex(span.id)};
    if (!span.parent.empty()) span.values.texts["parent_id"] = {Hex(span.parent)};
    std::vector<std::string> models;
    for (const char* field : {"request_model", "response_model"}) {
      if (span.values.texts.contains(field)) models.push_back(span.values.texts[field][0]);
    }
    if (!models.empty()) span.values.texts["model"] = models;
    return span;
  }

  static void Derive(NaiveValues& values, int64_t start, int64_t end) {
    if (const auto length = LengthOf(Nanos{start}, Nanos{end})) values.wholes["duration"] = *length;
    values.wholes["time"] = start;
    const auto input = values.numbers.find("input_tokens");
    const auto output = values.numbers.find("output_tokens");
    if (input != values.numbers.end() && output != values.numbers.end())
      values.numbers["total_tokens"] = input->second + output->second;
  }

  std::string SpanRow(const NaiveSpan& span, size_t version, bool is_deleted) {
    std::string row;
    syntax::JsonWriter json(row);
    json.BeginObject().Member("project", project_).Member("day", "2023-11-14");
    json.Member("start_time", TimeText(span.start)).Member("end_time", TimeText(span.end));
    json.Member("trace_id", span.trace).Member("span_id", span.id);
    json.Member("version", uint64_t{version}).Member("is_deleted", is_deleted ? 1u : 0u);
    json.Member("is_fragment", span.is_fragment ? 1u : 0u);
    if (!span.parent.empty()) json.Member("parent_span_id", span.parent);
    json.Key("rare").BeginObject();
    WriteFields(json, span.values, true);
    json.EndObject();
    WriteFields(json, span.values, false);
    WriteMap(json, "attributes", span.attributes);
    WriteMap(json, "resource", span.resource);
    const auto first_new = span.input.begin() + static_cast<ptrdiff_t>(span.input_new_from);
    WriteMessages(json, "history_hashes", {span.input.begin(), first_new});
    WriteMessages(json, "new_input_hashes", {first_new, span.input.end()});
    WriteMessages(json, "output_hashes", span.output);
    json.EndObject();
    return row;
  }

  static void WriteFields(syntax::JsonWriter& json, const NaiveValues& values, bool rare) {
    for (const StoredField& field : StoredFields()) {
      if (field.is_rare != rare) continue;
      if (const auto text = values.texts.find(field.field); text != values.texts.end()) {
        if (field.form == StoredField::Form::kText) {
          json.Member(field.column, text->second[0]);
        } else {
          json.Key(field.column).BeginArray();
          for (const std::string& one : text->second) json.String(one);
          json.EndArray();
        }
      } else if (const auto number = values.numbers.find(field.field);
                 number != values.numbers.end()) {
        rare ? json.Member(field.column, NumberText(number->second))
             : json.Key(field.column).Raw(NumberText(number->second));
      } else if (const auto whole = values.wholes.find(field.field); whole != values.wholes.end()) {
        WriteWhole(json, field, whole->second);
      } else if (field.form == StoredField::Form::kNumber && !rare &&
                 std::string_view(field.field) != "attempt") {
        json.Key(field.column).Null();
      }
    }
  }
  static void WriteWhole(syntax::JsonWriter& json, const StoredField& field, int64_t value) {
    if (field.form == StoredField::Form::kMoney) {
      json.Member(field.column, Money{value}.ToString());
    } else if (!field.is_rare) {
      json.Member(field.column, value);
    } else if (field.form != StoredField::Form::kBool || value != 0) {
      json.Member(field.column, std::to_string(value));
    }
  }
  static void WriteMap(syntax::JsonWriter& json, const char* name,
                       const std::map<std::string, std::string, std::less<>>& map) {
    json.Key(name).BeginObject();
    for (const auto& [key, value] : map) json.Member(key, value);
    json.EndObject();
  }
  static void WriteMessages(syntax::JsonWriter& json, const char* name,
                            const std::vector<size_t>& messages) {
    json.Key(name).BeginArray();
    for (const size_t message : messages) json.String(Id("m", message, 16));
    json.EndArray();
  }

  /// What the trace has of its own is random; what it counts is counted.
  void MakeTraceRow(const std::string& id, const std::vector<NaiveSpan>& spans) {
    NaiveTrace trace;
    trace.id = id;
    trace.values = TraceValues();
    std::set<std::string> services, kinds;
    double errors = 0, calls = 0, unpriced = 0;
    trace.start = spans[0].start;
    for (const NaiveSpan& span : spans) {
      trace.start = std::min(trace.start, span.start);
      trace.end = std::max({trace.end, span.end, span.start});
      const auto& texts = span.values.texts;
      if (texts.contains("service")) services.insert(texts.at("service")[0]);
      kinds.insert(texts.at("kind")[0]);
      errors += texts.at("status")[0] == "error";
      const std::string& kind = texts.at("kind")[0];
      if (kind != "llm" && kind != "embedding" && kind != "rerank") continue;
      if (span.values.wholes.at("counted") == 0) continue;
      ++calls;
      unpriced += !span.values.wholes.contains("cost_usd");
    }
    auto& values = trace.values;
    values.texts["status"] = {errors > 0 ? "error" : "ok"};
    values.texts["kind"] = {kinds.begin(), kinds.end()};
    if (!services.empty()) values.texts["service"] = {services.begin(), services.end()};
    values.numbers["span.count"] = static_cast<double>(spans.size());
    values.numbers["error.count"] = errors;
    values.numbers["call.count"] = calls;
    values.numbers["unpriced.count"] = unpriced;
    values.texts["root_kind"] = {*kinds.begin()};
    Derive(values, trace.start, trace.end);
    values.texts["trace_id"] = {Hex(id)};
    if (Chance(3)) AddOldTraceRow(trace);
    rows_.traces[1].push_back(TraceRow(trace, 2, false));
    naive_.traces.push_back(std::move(trace));
  }

  NaiveValues TraceValues() {
    NaiveValues values = Values(), kept;
    for (const char* name :
         {"name", "user", "session", "environment", "release", "feature", "tag"}) {
      if (const auto found = values.texts.find(name); found != values.texts.end())
        kept.texts.insert(*found);
    }
    for (const char* name : {"input_tokens", "output_tokens", "cached_input_tokens"}) {
      if (const auto found = values.numbers.find(name); found != values.numbers.end())
        kept.numbers.insert(*found);
    }
    for (const char* name : {"cost_usd", "ttft"}) {
      if (const auto found = values.wholes.find(name); found != values.wholes.end())
        kept.wholes.insert(*found);
    }
    return kept;
  }

  /// An older version with other values, at the same place or at one that was left.
  void AddOldTraceRow(const NaiveTrace& trace) {
    NaiveTrace old = trace;
    const NaiveValues other = TraceValues();
    for (const char* name : {"name", "user", "session", "tag"}) {
      old.values.texts.erase(name);
      if (other.texts.contains(name)) old.values.texts[name] = other.texts.at(name);
    }
    old.values.texts["status"] = {Chance(2) ? "ok" : "error"};
    old.values.numbers["span.count"] = static_cast<double>(Pick(5));
    if (Chance(2)) {
      old.start += 7;
      old.end += 7;
      rows_.traces[1].push_back(TraceRow(old, 2, true));
    }
    rows_.traces[0].push_back(TraceRow(old, 1, false));
  }

  std::string TraceRow(const NaiveTrace& trace, size_t version, bool is_deleted) {
    const NaiveValues& values = trace.values;
    std::string row;
    syntax::JsonWriter json(row);
    json.BeginObject().Member("project", project_).Member("day", "2023-11-14");
    json.Member("start_time", TimeText(trace.start)).Member("end_time", TimeText(trace.end));
    json.Member("trace_id", trace.id).Member("version", uint64_t{version});
    json.Member("is_deleted", is_deleted ? 1u : 0u);
    const std::pair<const char*, const char*> texts[] = {
        {"name", "name"},          {"status", "status"},           {"user", "user_id"},
        {"session", "session_id"}, {"environment", "environment"}, {"release", "release"},
        {"feature", "feature"},    {"root_kind", "root_kind"}};
    for (const auto& [name, column] : texts) {
      if (values.texts.contains(name)) json.Member(column, values.texts.at(name)[0]);
    }
    const std::pair<const char*, const char*> lists[] = {
        {"service", "services"}, {"kind", "kinds"}, {"tag", "tags"}};
    for (const auto& [name, column] : lists) {
      json.Key(column).BeginArray();
      if (values.texts.contains(name)) {
        for (const std::string& text : values.texts.at(name)) json.String(text);
      }
      json.EndArray();
    }
    const std::pair<const char*, const char*> numbers[] = {
        {"span.count", "span_count"},
        {"error.count", "error_count"},
        {"call.count", "call_count"},
        {"unpriced.count", "unpriced_count"},
        {"input_tokens", "input_tokens"},
        {"output_tokens", "output_tokens"},
        {"cached_input_tokens", "cached_input_tokens"}};
    for (const auto& [name, column] : numbers) {
      if (values.numbers.contains(name)) json.Key(column).Raw(NumberText(values.numbers.at(name)));
    }
    if (values.wholes.contains("cost_usd"))
      json.Member("cost_usd", Money{values.wholes.at("cost_usd")}.ToString());
    if (values.wholes.contains("ttft")) json.Member("ttft_ns", values.wholes.at("ttft"));
    json.EndObject();
    return row;
  }

  void MakeScores() {
    for (size_t count = Pick(25), i = 0; i < count; ++i) {
      const NaiveSpan& span = naive_.spans[Pick(naive_.spans.size())];
      NaiveScore score;
      score.id = Id("c", i, 16);
      score.name = Chance(2) ? "f" : "g";
      if (!Chance(4)) score.value = std::vector<double>{0, 0.5, 1, 2}[Pick(4)];
      if (Chance(2)) score.label = Text();
      score.time = kBegin + static_cast<int64_t>(Pick(5));
      const size_t scored = Pick(3);
      if (scored != 2 || Chance(2)) score.trace = span.trace;
      if (scored == 1) score.span = span.id;
      if (scored == 2) score.response = kTexts[Pick(3)];
      if (Chance(3)) {
        NaiveScore old = score;
        old.value = 0.5;
        rows_.scores.push_back(ScoreRow(old, 1, false));
        const bool is_deleted = Chance(2);
        rows_.scores.push_back(ScoreRow(score, 2, is_deleted));
        if (is_deleted) continue;
      } else {
        rows_.scores.push_back(ScoreRow(score, 1, false));
      }
      naive_.scores.push_back(std::move(score));
    }
  }

  std::string ScoreRow(const NaiveScore& score, size_t version, bool is_deleted) {
    std::string row;
    syntax::JsonWriter json(row);
    json.BeginObject().Member("project", project_).Member("day", "2023-11-14");
    json.Member("score_id", score.id).Member("version", uint64_t{version});
    json.Member("is_deleted", is_deleted ? 1u : 0u).Member("name", score.name);
    if (!score.trace.empty()) json.Member("trace_id", score.trace);
    if (!score.span.empty()) json.Member("span_id", score.span);
    json.Member("response_id", score.response).Member("label", score.label);
    json.Key("value").Raw(score.value ? NumberText(*score.value) : "null");
    json.Member("time", TimeText(score.time)).EndObject();
    return row;
  }

  std::mt19937_64 random_;
  const std::string project_;
  NaiveRows naive_;
  TableRows rows_;
};

}  // namespace vitrine::query
