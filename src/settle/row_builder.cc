#include "settle/row_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "settle/row_digest.h"
#include "syntax/base64.h"
#include "syntax/json/json_writer.h"

namespace vitrine::settle {

namespace {

using model::Attribute;
using model::Span;
using model::Value;
using model::ValueType;
using storage::StoredSpan;

// What the tables' minute (32-bit seconds) can say: 1970-01-01 to 2105-12-31.
constexpr int32_t kFirstDay = 0;
constexpr int32_t kLastDay = 49'672;
constexpr int32_t kDaysBackMax = 7;
constexpr int32_t kDaysAheadMax = 1;

std::string ValueText(const Value& value) {
  std::string text;
  switch (value.type) {
    case ValueType::kNull: break;
    case ValueType::kString:
    case ValueType::kJson: text = value.text; break;
    case ValueType::kBool: text = value.boolean ? "true" : "false"; break;
    case ValueType::kInt: text = std::to_string(value.integer); break;
    case ValueType::kDouble:
      if (std::isfinite(value.number)) {
        syntax::AppendJsonDouble(text, value.number);
      } else {
        text = std::isnan(value.number) ? "NaN" : value.number > 0 ? "Infinity" : "-Infinity";
      }
      break;
    case ValueType::kBytes: text = syntax::Base64Encode(value.text); break;
  }
  return text;
}

std::string_view TextInArena(const Value& value, Arena& arena) {
  bool borrowed = value.type == ValueType::kString || value.type == ValueType::kJson;
  return borrowed ? value.text : arena.Copy(ValueText(value));
}

storage::StoredAttributes BuildAttributes(std::span<const Attribute> attributes, Arena& arena) {
  std::vector<std::string_view> keys, values;
  std::string types;
  for (const Attribute& attribute : attributes) {
    keys.push_back(attribute.key);
    values.push_back(TextInArena(attribute.value, arena));
    types.push_back(model::ValueTypeLetter(attribute.value.type));
  }
  return {arena.CopyArray(keys), arena.CopyArray(values), arena.Copy(types)};
}

void WriteValue(syntax::JsonWriter& json, const Value& value) {
  switch (value.type) {
    case ValueType::kNull: json.Null(); break;
    case ValueType::kJson: json.Raw(value.text); break;
    case ValueType::kBool: json.Bool(value.boolean); break;
    case ValueType::kInt: json.Int(value.integer); break;
    case ValueType::kDouble:
      if (std::isfinite(value.number)) {
        json.Double(value.number);
        break;
      }
      [[fallthrough]];
    case ValueType::kString:
    case ValueType::kBytes: json.String(ValueText(value)); break;
  }
}

/// [{"key","type","value"}], the shape of attributes in the API.
void WriteAttributes(syntax::JsonWriter& json, std::span<const Attribute> attributes) {
  json.BeginArray();
  for (const Attribute& attribute : attributes) {
    char letter = model::ValueTypeLetter(attribute.value.type);
    json.BeginObject().Member("key", attribute.key).Member("type", std::string_view(&letter, 1));
    json.Key("value");
    WriteValue(json, attribute.value);
    json.EndObject();
  }
  json.EndArray();
}

std::string_view EventsJson(std::span<const model::SpanEvent> events, Arena& arena) {
  if (events.empty()) return {};
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginArray();
  for (const model::SpanEvent& event : events) {
    json.BeginObject().Member("name", event.name).Member("time", FormatRfc3339(event.time));
    json.Key("attributes");
    WriteAttributes(json, event.attributes);
    if (event.dropped_attributes_count > 0) {
      json.Member("dropped_attributes_count", event.dropped_attributes_count);
    }
    json.EndObject();
  }
  json.EndArray();
  return arena.Copy(text);
}

std::string_view LinksJson(std::span<const model::SpanLink> links, Arena& arena) {
  if (links.empty()) return {};
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginArray();
  for (const model::SpanLink& link : links) {
    json.BeginObject()
        .Member("trace_id", link.trace_id.ToHex())
        .Member("span_id", link.span_id.ToHex());
    json.Member("trace_state", link.trace_state).Member("flags", link.flags).Key("attributes");
    WriteAttributes(json, link.attributes);
    json.EndObject();
  }
  json.EndArray();
  return arena.Copy(text);
}

std::span<const ContentHash> HashMessages(std::span<const model::Message> messages,
                                          const ContentPlace& place, ContentStore& content,
                                          Arena& arena) {
  std::vector<ContentHash> hashes;
  hashes.reserve(messages.size());
  for (const model::Message& message : messages)
    hashes.push_back(content.AddMessage(place, message, arena));
  return arena.CopyArray(hashes);
}

void BuildOutputs(const Span& span, const ContentPlace& place, ContentStore& content, Arena& arena,
                  StoredSpan& row) {
  row.output_hashes = HashMessages(span.output_messages, place, content, arena);
  std::vector<uint32_t> choices;
  std::string reasons;
  for (const model::Message& message : span.output_messages) {
    if (!choices.empty()) reasons.push_back(',');
    choices.push_back(message.choice);
    reasons.append(message.finish_reason);
  }
  row.output_choices = arena.CopyArray(choices);
  if (reasons.find_first_not_of(',') != std::string::npos)
    row.output_finish_reasons = arena.Copy(reasons);
}

uint32_t FirstNew(std::span<const model::Message> messages) {
  auto first =
      std::find_if(messages.begin(), messages.end(), [](const auto& m) { return m.is_new; });
  return static_cast<uint32_t>(first - messages.begin());
}

void BuildToolCalls(const Span& span, Arena& arena, StoredSpan& row) {
  std::vector<std::string_view> names, arguments, ids;
  for (const model::ToolCall& call : span.tool_calls) {
    names.push_back(call.name);
    arguments.push_back(call.arguments);
    ids.push_back(call.id);
  }
  row.tool_calls = {arena.CopyArray(names), arena.CopyArray(arguments), arena.CopyArray(ids)};
}

void BuildDocuments(const Span& span, const ContentPlace& place, ContentStore& content,
                    Arena& arena, StoredSpan& row) {
  std::vector<std::string_view> ids, sources, metadata;
  std::vector<double> scores;
  std::vector<ContentHash> hashes;
  for (const model::RetrievedDocument& document : span.documents) {
    ids.push_back(document.id);
    sources.push_back(document.data_source);
    metadata.push_back(document.metadata);
    scores.push_back(document.score.value_or(std::numeric_limits<double>::quiet_NaN()));
    hashes.push_back(document.content.empty()
                         ? ContentHash{}
                         : content.AddDocument(place, document.content, arena));
  }
  row.documents = {arena.CopyArray(ids), arena.CopyArray(sources), arena.CopyArray(metadata),
                   arena.CopyArray(scores), arena.CopyArray(hashes)};
}

void KeepOwnership(StoredSpan& row) {
  const Span& span = row.span;
  row.own_user_id = span.user_id;
  row.own_session_id = span.session_id;
  row.own_feature = span.feature;
  row.own_release = span.release;
  row.own_environment = span.environment;
  row.own_experiment = span.experiment;
  row.own_tags = span.tags;
}

}  // namespace

int32_t PartitionDay(Nanos start, Nanos received, model::Capture capture) {
  int32_t day = DayNumber(start);
  if (capture == model::Capture::kImport) return std::clamp(day, kFirstDay, kLastDay);
  int32_t today = DayNumber(received);
  return std::clamp(day, today - kDaysBackMax, today + kDaysAheadMax);
}

StoredSpan BuildRow(const Span& span, const RowContext& context, ContentStore& content,
                    Arena& arena) {
  StoredSpan row;
  row.span = span;
  row.project = context.project;
  row.capture = context.capture;
  row.received = context.received;
  row.day = PartitionDay(span.start, context.received, context.capture);
  KeepOwnership(row);
  row.attributes = BuildAttributes(span.attributes, arena);
  row.resource = BuildAttributes(span.resource, arena);
  row.events = EventsJson(span.events, arena);
  row.links = LinksJson(span.links, arena);
  ContentPlace place{context.project, row.day, span.retention};
  row.input_hashes = HashMessages(span.input_messages, place, content, arena);
  row.input_new_from = FirstNew(span.input_messages);
  BuildOutputs(span, place, content, arena, row);
  row.tool_definition_hashes = HashMessages(span.tool_definitions, place, content, arena);
  BuildToolCalls(span, arena, row);
  BuildDocuments(span, place, content, arena, row);
  row.digest = RowDigest(row);
  return row;
}

namespace {

std::span<const model::Message> MessagesOf(const Span& span, model::ContentList list) {
  switch (list) {
    case model::ContentList::kInputMessages: return span.input_messages;
    case model::ContentList::kOutputMessages: return span.output_messages;
    case model::ContentList::kToolDefinitions: return span.tool_definitions;
    case model::ContentList::kDocuments: break;
  }
  return {};
}

std::span<const ContentHash> HashesOf(const StoredSpan& row, model::ContentList list) {
  switch (list) {
    case model::ContentList::kInputMessages: return row.input_hashes;
    case model::ContentList::kOutputMessages: return row.output_hashes;
    case model::ContentList::kToolDefinitions: return row.tool_definition_hashes;
    case model::ContentList::kDocuments: break;
  }
  return row.documents.hashes;
}

}  // namespace

std::span<const ContentHash> ExchangeHashes(const StoredSpan& row, ContentStore& content,
                                            Arena& arena) {
  std::vector<ContentHash> hashes;
  for (const model::ContentRef& place : row.span.exchange->contents) {
    ContentHash& hash = hashes.emplace_back();
    if (place.attachment == 0) {
      const auto stored = HashesOf(row, place.list);
      if (place.position < stored.size()) hash = stored[place.position];
      continue;
    }
    const auto messages = MessagesOf(row.span, place.list);
    if (place.position >= messages.size()) continue;
    const auto attachments = messages[place.position].attachments;
    if (place.attachment <= attachments.size())
      hash = content.HashOf(row.project, attachments[place.attachment - 1]);
  }
  return arena.CopyArray(hashes);
}

uint64_t RowDigest(const StoredSpan& row) {
  DigestVisitor digest;
  storage::DescribeCall(digest, row);
  storage::DescribeUsage(digest, row);
  storage::DescribeCost(digest, row);
  storage::DescribeContent(digest, row);
  storage::DescribeWork(digest, row);
  storage::DescribeAsSent(digest, row);
  const Span& s = row.span;
  digest.Str("", s.name);
  digest.Time("", s.start);
  digest.Time("", s.end);
  digest.Id("", s.parent_span_id);
  digest.Enum("", s.kind);
  digest.Enum("", s.status);
  digest.Str("", s.status_message);
  digest.Bool("", s.is_fragment);
  digest.Str("", row.own_user_id);
  digest.Str("", row.own_session_id);
  digest.Str("", row.own_feature);
  digest.Str("", row.own_release);
  digest.Str("", row.own_environment);
  digest.Str("", row.own_experiment);
  digest.LcArray("", row.own_tags);
  return digest.Finish();
}

}  // namespace vitrine::settle
