#include "query/internal/trace_steps.h"

#include <array>
#include <memory>

#include "base/arena.h"
#include "query/internal/message_store.h"
#include "query/limits.h"
#include "query/trace_page.h"
#include "storage/schema/length_sql.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

constexpr const char* kSteps =
    "('llm', 'embedding', 'rerank', 'retrieval', 'tool', 'agent', 'guardrail', 'evaluator')";
constexpr const char* kColumns =
    "lower(hex(span_id)) AS span_id, "
    "if(parent_span_id = toFixedString('', 8), NULL, lower(hex(parent_span_id))) AS "
    "parent_span_id, reinterpretAsInt64(start_time) AS start, "
    "CAST(kind, 'String') AS kind, name, CAST(status, 'String') AS status, status_message, "
    "CAST(error_type, 'String') AS error_type, CAST(finish_reason, 'String') AS finish_reason, "
    "request_model, response_model, tool_name, agent_name, guardrail_name, "
    "CAST(guardrail_result, 'String') AS guardrail_result, retrieval_count, input_tokens, "
    "output_tokens, cost_usd, counted, attempt, tool_call_names, tool_call_arguments, "
    "document_ids, arrayMap(h -> lower(hex(h)), new_input_hashes) AS "
    "input, arrayMap(h -> lower(hex(h)), output_hashes) AS output, input_preview, output_preview";

/// FNV-1a over texts, each with its end.
class Digest {
 public:
  void Add(std::string_view text) {
    for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash_ = (hash_ ^ 0xFF) * 0x100000001b3;
  }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

/// Adds the parts of a message but for the ids of its tool calls.
void AddParts(Digest& digest, const StoredMessage& message, bool with_tool_calls) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(message.parts, arena) != syntax::JsonStatus::kOk) {
    digest.Add(message.parts);
    return;
  }
  for (const JsonValue part : document.root().Elements()) {
    if (!with_tool_calls && part["type"].text() == "tool_call") continue;
    for (const auto [key, value] : part.Members()) {
      if (key == "id") continue;
      digest.Add(key);
      digest.Add(value.raw());
    }
  }
}

uint64_t DigestOf(const JsonValue& hashes, const StoredMessages& messages, bool with_tool_calls) {
  Digest digest;
  for (const JsonValue hash : hashes.Elements()) {
    const auto found = messages.find(std::string(hash.text()));
    // Content that was not kept is still known to be the same by its hash.
    found == messages.end() ? digest.Add(hash.text())
                            : AddParts(digest, found->second, with_tool_calls);
  }
  return digest.value();
}

uint64_t DigestOf(const JsonValue& texts) {
  Digest digest;
  for (const JsonValue text : texts.Elements()) digest.Add(text.text());
  return digest.value();
}

std::string NameOf(const JsonValue& row) {
  const std::string_view kind = row["kind"].text();
  const char* own = kind == "tool"        ? "tool_name"
                    : kind == "agent"     ? "agent_name"
                    : kind == "guardrail" ? "guardrail_name"
                                          : nullptr;
  if (own && !row[own].text().empty()) return std::string(row[own].text());
  // The name of a call often ends in its model, which is compared by itself.
  std::string name(row["name"].text());
  for (const char* model : {"request_model", "response_model"}) {
    const std::string_view text = row[model].text();
    if (!text.empty() && name.ends_with(text)) name.resize(name.size() - text.size());
  }
  return name;
}

std::string StepJson(const JsonValue& row, int64_t trace_start) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Member("span_id", row["span_id"].text());
  json.Member("offset_ns", row["start"].ToInt().value_or(0) - trace_start);
  for (const char* key : {"parent_span_id", "duration_ns", "kind", "name", "status",
                          "retrieval_count", "input_tokens", "output_tokens", "cost_usd", "attempt",
                          "tool_call_names", "tool_call_arguments"}) {
    json.Key(key).Raw(row[key].raw());
  }
  for (const char* key : {"status_message", "error_type", "finish_reason", "request_model",
                          "response_model", "tool_name", "agent_name", "guardrail_name",
                          "guardrail_result", "input_preview", "output_preview"}) {
    row[key].text().empty() ? json.Key(key).Null() : json.Member(key, row[key].text());
  }
  json.Member("counted", row["counted"].ToInt() == 1).EndObject();
  return text;
}

TraceStep StepOf(const JsonValue& row, const StoredMessages& messages, int64_t trace_start) {
  TraceStep step;
  step.json = StepJson(row, trace_start);
  step.key.kind = row["kind"].text();
  step.key.name = NameOf(row);
  step.status = row["status"].text() == "error" ? "error" : "ok";
  const std::string_view answered = row["response_model"].text();
  step.model = answered.empty() ? row["request_model"].text() : answered;
  step.finish_reason = row["finish_reason"].text();
  step.input = DigestOf(row["input"], messages, true);
  step.output = DigestOf(row["output"], messages, false);
  if (row["output"].empty()) {
    Digest output;
    output.Add(row["output_preview"].text());
    output.Add(row["guardrail_result"].text());
    for (const JsonValue id : row["document_ids"].Elements()) output.Add(id.text());
    step.output = output.value();
  }
  if (row["input"].empty()) {
    Digest input;
    input.Add(row["input_preview"].text());
    step.input = input.value();
  }
  step.tools = DigestOf(row["tool_call_names"]);
  step.arguments = DigestOf(row["tool_call_arguments"]);
  Digest content;
  for (const uint64_t part : std::array{step.input, step.output, step.tools, step.arguments})
    content.Add(std::to_string(part));
  step.key.content = content.value();
  return step;
}

}  // namespace

Result<std::vector<TraceStep>> ReadSteps(clickhouse::Client& client, std::string_view project,
                                         TraceId trace_id) {
  TRY_ASSIGN(const TracePlace place, FindPlace(client, project, trace_id));
  TRY_ASSIGN(const TraceHead head, FindTrace(client, project, place));
  SqlText sql;
  (sql << "SELECT " << storage::kLengthSql << " AS duration_ns, " << kColumns
       << " FROM (SELECT * FROM vitrine.span_rows PREWHERE project = ")
      .Param(project);
  AppendTrace(sql, place);
  sql << " ORDER BY start_time, span_id, version DESC, is_deleted LIMIT 1 BY start_time, span_id) "
         "WHERE is_deleted = 0 AND is_fragment = 0 AND kind IN "
      << kSteps << " ORDER BY start_time, span_id LIMIT " << kDiffStepsMax + 1
      << " FORMAT JSONEachRow";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  if (lines.size() > kDiffStepsMax) {
    return Fail(ErrorCode::kLimitExceeded, "the trace " + trace_id.ToHex() + " has more than " +
                                               std::to_string(kDiffStepsMax) +
                                               " steps, too many to align");
  }
  std::vector<std::string> hashes;
  std::vector<std::unique_ptr<Arena>> arenas;
  std::vector<std::unique_ptr<syntax::JsonDocument>> documents;
  for (const std::string& line : lines) {
    arenas.push_back(std::make_unique<Arena>());
    documents.push_back(std::make_unique<syntax::JsonDocument>());
    if (documents.back()->Parse(line, *arenas.back()) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected step of a trace: " + line);
    for (const char* key : {"input", "output"}) {
      for (const JsonValue hash : documents.back()->root()[key].Elements())
        hashes.emplace_back(hash.text());
    }
  }
  const int64_t last = lines.empty() ? head.start.since_epoch
                                     : documents.back()->root()["start"].ToInt().value_or(0);
  TRY_ASSIGN(const StoredMessages messages,
             ReadStoredMessages(client, project, std::move(hashes), [&](SqlText& days) {
               AppendDaysBetween(days, head.start, Nanos{last});
             }));
  std::vector<TraceStep> steps;
  for (const auto& document : documents)
    steps.push_back(StepOf(document->root(), messages, head.start.since_epoch));
  return steps;
}

}  // namespace vitrine::query
