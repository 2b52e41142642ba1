#include "query/reproduce.h"

#include <set>

#include "base/arena.h"
#include "query/attachments.h"
#include "query/limits.h"
#include "syntax/base64.h"

namespace vitrine::query {
namespace {

using syntax::JsonStatus;
using syntax::JsonValue;
using syntax::JsonWriter;

void Copy(JsonWriter& json, const JsonValue& row, std::string_view column,
          std::string_view name = {}) {
  const JsonValue value = row[column];
  json.Key(name.empty() ? column : name);
  if (value.is_nothing() || (value.is_string() && value.text().empty())) {
    json.Null();
  } else {
    json.Raw(value.raw());
  }
}

void WriteRequest(JsonWriter& json, const JsonValue& row, const SpanContent& content) {
  json.Key("request").BeginObject();
  for (const char* column :
       {"provider", "operation", "request_model", "deployment_id", "region", "service_tier",
        "stream", "temperature", "top_p", "max_tokens", "seed", "previous_response_id",
        "conversation_id", "prompt_name", "prompt_version"}) {
    Copy(json, row, column);
  }
  json.Key("params");
  WriteJsonText(json, row["params"].text());
  json.Key("prompt_variables");
  WriteJsonText(json, row["prompt_variables"].text());
  json.Key("messages");
  WriteMessages(json, row, content, true);
  json.Key("tools");
  WriteToolDefinitions(json, row, content);
  json.EndObject();
}

void WriteResponse(JsonWriter& json, const JsonValue& row, const SpanContent& content) {
  json.Key("response").BeginObject();
  for (const char* column :
       {"response_id", "response_model", "system_fingerprint", "status", "status_message",
        "error_type", "http_status", "finish_reason", "finish_reasons_raw", "input_tokens",
        "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
        "usage_details", "cost_usd", "ttft_ns", "duration_ns"}) {
    Copy(json, row, column);
  }
  json.Key("messages");
  WriteMessages(json, row, content, false);
  json.EndObject();
}

/// The attachments that parts of the messages name, each once.
std::set<std::string> AttachmentsOf(const SpanContent& content) {
  std::set<std::string> hashes;
  for (const auto& [hash, message] : content.messages) {
    if (message.parts.find("\"attachment\"") == std::string::npos) continue;
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(message.parts, arena) != JsonStatus::kOk) continue;
    for (const auto part : document.root().Elements()) {
      const std::string_view name = part["attachment"].text();
      if (ContentHash::FromHex(name)) hashes.emplace(name);
    }
  }
  return hashes;
}

Result<void> WriteAttachments(JsonWriter& json, clickhouse::Client& client,
                              std::string_view project, const SpanContent& content) {
  json.Key("attachments").BeginArray();
  uint64_t total = 0;
  for (const std::string& hash : AttachmentsOf(content)) {
    const auto attachment = ReadAttachment(client, project, *ContentHash::FromHex(hash));
    if (!attachment && attachment.error().code != ErrorCode::kNotFound)
      return std::unexpected(attachment.error());
    json.BeginObject().Member("hash", hash);
    if (!attachment) {
      json.Member("missing", true).EndObject();
      continue;
    }
    total += attachment->bytes.size();
    if (total > kReproduceAttachmentBytesMax) {
      return Fail(ErrorCode::kLimitExceeded,
                  "the attachments of this call have more than 64 MiB; take them one by one from "
                  "/api/v1/attachments/{hash}");
    }
    json.Member("media_type", attachment->media_type)
        .Member("size", attachment->bytes.size())
        .Member("base64", syntax::Base64Encode(attachment->bytes))
        .EndObject();
  }
  json.EndArray();
  return {};
}

}  // namespace

Result<std::string> ReproduceDocument(clickhouse::Client& client, std::string_view project,
                                      TraceId trace_id, SpanId span_id,
                                      const PriceJson& price_json) {
  TRY_ASSIGN(const SpanContent content, ReadSpan(client, project, trace_id, span_id));
  TRY_ASSIGN(const std::string detail, SpanDetailJson(content, price_json));
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(content.row, arena) != JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "a span's row is not JSON");
  const JsonValue row = document.root();
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Member("format", "vitrine-reproduce").Member("version", 1);
  Copy(json, row, "trace_id");
  Copy(json, row, "span_id");
  Copy(json, row, "start_time");
  WriteRequest(json, row, content);
  WriteResponse(json, row, content);
  TRY(WriteAttachments(json, client, project, content));
  json.Key("span").Raw(detail).EndObject();
  return out;
}

}  // namespace vitrine::query
