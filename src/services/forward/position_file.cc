#include "services/forward/position_file.h"

#include "base/arena.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::forward {

namespace {

constexpr int64_t kFormatVersion = 1;
// One line of JSON with six numbers.
constexpr size_t kSizeBytesMax = 4096;

}  // namespace

PositionFile::PositionFile(std::string folder, const std::string& target,
                           platform::FileSystem& file_system)
    : folder_(std::move(folder)), path_(folder_ + "/" + target), file_system_(file_system) {}

Result<std::optional<Position>> PositionFile::Read() const {
  auto file = file_system_.Open(path_, platform::OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!file) return std::unexpected(file.error());
  std::string text(kSizeBytesMax, '\0');
  TRY_ASSIGN(const size_t size, (*file)->ReadAt(0, text.data(), text.size()));
  text.resize(size);
  const auto corrupt = [this] {
    return Fail(ErrorCode::kCorrupt, path_ + " does not hold a position in the log");
  };
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(text, arena) != syntax::JsonStatus::kOk) return corrupt();
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
  const std::string next = path_ + ".new";
  // What a crash left.
  if (auto removed = file_system_.Remove(next);
      !removed && removed.error().code != ErrorCode::kNotFound) {
    return removed;
  }
  {
    TRY_ASSIGN(auto file, file_system_.Open(next, platform::OpenMode::kCreate));
    TRY(file->WriteAt(0, text));
    TRY(file->SyncData());
  }
  TRY(file_system_.Rename(next, path_));
  return file_system_.SyncDirectory(folder_);
}

}  // namespace vitrine::forward
