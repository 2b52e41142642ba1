#include "services/forward/position_file.h"

#include "base/arena.h"
#include "services/state_file.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::forward {

namespace {

constexpr int64_t kFormatVersion = 1;

}  // namespace

PositionFile::PositionFile(std::string folder, const std::string& target,
                           platform::FileSystem& file_system)
    : folder_(std::move(folder)), path_(folder_ + "/" + target), file_system_(file_system) {}

Result<std::optional<Position>> PositionFile::Read() const {
  TRY_ASSIGN(const auto text, services::ReadStateFile(path_, file_system_));
  if (!text) return std::nullopt;
  const auto corrupt = [this] {
    return Fail(ErrorCode::kCorrupt, path_ + " does not hold a position in the log");
  };
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(*text, arena) != syntax::JsonStatus::kOk) return corrupt();
  const syntax::JsonValue root = document.root();
  const auto version = root["version"].AsInt();
  if (!version) return corrupt();
  if (*version != kFormatVersion) {
    return Fail(ErrorCode::kUnsupported,
                path_ + " has format version " + std::to_string(*version) + ", not 1");
  }
  Position position;
  const auto log_id = wal::LogId::FromHex(root["log_id"].text());
  const auto next_lsn = root["next_lsn"].ToUint();
  if (!log_id || !next_lsn) return corrupt();
  position.log_id = *log_id;
  position.next_lsn = *next_lsn;
  position.spans_sent = root["spans_sent"].ToUint().value_or(0);
  position.spans_filtered = root["spans_filtered"].ToUint().value_or(0);
  position.spans_refused = root["spans_refused"].ToUint().value_or(0);
  position.spans_dropped = root["spans_dropped"].ToUint().value_or(0);
  return position;
}

Result<void> PositionFile::Write(const Position& position) const {
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject()
      .Member("version", kFormatVersion)
      .Member("log_id", position.log_id.ToHex())
      .Member("next_lsn", position.next_lsn)
      .Member("spans_sent", position.spans_sent)
      .Member("spans_filtered", position.spans_filtered)
      .Member("spans_refused", position.spans_refused)
      .Member("spans_dropped", position.spans_dropped)
      .EndObject();
  text.push_back('\n');
  return services::WriteStateFile(folder_, path_, text, file_system_);
}

}  // namespace vitrine::forward
