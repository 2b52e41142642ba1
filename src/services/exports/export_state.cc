#include "services/exports/export_state.h"

#include "base/arena.h"
#include "services/state_file.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::exports {

namespace {

constexpr int64_t kFormatVersion = 1;

}  // namespace

Result<std::optional<Nanos>> ExportState::Read() const {
  TRY_ASSIGN(const auto text, services::ReadStateFile(path_, file_system_));
  if (!text) return std::nullopt;
  Arena arena;
  syntax::JsonDocument document;
  const bool is_json = document.Parse(*text, arena) == syntax::JsonStatus::kOk;
  const syntax::JsonValue root = is_json ? document.root() : syntax::JsonValue();
  const auto version = root["version"].AsInt();
  if (version && *version != kFormatVersion) {
    return Fail(ErrorCode::kUnsupported,
                path_ + " has format version " + std::to_string(*version) + ", not 1");
  }
  const auto next = ParseRfc3339(root["next_period"].text());
  if (!version || !next) {
    return Fail(ErrorCode::kCorrupt, path_ +
                                         " does not say which period is next; write "
                                         "{\"version\":1,\"next_period\":\"2026-11-21T10:00:00Z\"} "
                                         "into it, or remove it");
  }
  return next;
}

Result<void> ExportState::Write(Nanos next_period) const {
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject()
      .Member("version", kFormatVersion)
      .Member("next_period", FormatRfc3339(next_period))
      .EndObject();
  text.push_back('\n');
  return services::WriteStateFile(folder_, path_, text, file_system_);
}

}  // namespace vitrine::exports
