#include "settle/quarantine.h"

#include <filesystem>
#include <fstream>

#include "syntax/json/json_writer.h"

namespace vitrine::settle {

namespace {

Result<void> WriteFile(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Fail(ErrorCode::kIo, "cannot write " + path.string());
  return {};
}

}  // namespace

Result<void> Quarantine::Add(const std::string& name, const QuarantinedRow& row) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) return Fail(ErrorCode::kIo, "cannot make " + directory_ + ": " + error.message());
  std::filesystem::path base = std::filesystem::path(directory_) / name;
  std::string json;
  syntax::JsonWriter writer(json);
  writer.BeginObject()
      .Member("table", row.table)
      .Member("row", row.identity)
      .Member("reason", row.reason)
      .EndObject();
  TRY(WriteFile(base.string() + ".native", row.native));
  TRY(WriteFile(base.string() + ".json", json));
  ++count_;
  return {};
}

}  // namespace vitrine::settle
