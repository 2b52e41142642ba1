#include "settle/quarantine.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "platform/posix_file.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::settle {

namespace {

namespace fs = std::filesystem;

/// Writes a new file and makes its bytes durable; its name is not yet.
Result<void> WriteFile(const std::string& path, std::string_view bytes) {
  platform::FileSystem& files = platform::PosixFileSystem();
  std::error_code none;
  fs::remove(path, none);  // Left by a crash in the middle of this.
  TRY_ASSIGN(auto file, files.Open(path, platform::OpenMode::kCreate));
  TRY(file->WriteAt(0, bytes));
  return file->SyncData();
}

std::vector<fs::path> Notes(const std::string& directory) {
  std::vector<fs::path> notes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".json") notes.push_back(entry.path());
  }
  return notes;
}

std::string Describe(const QuarantinedRow& row) {
  std::string json;
  syntax::JsonWriter writer(json);
  writer.BeginObject()
      .Member("table", row.table)
      .Member("project", row.project)
      .Member("row", row.identity)
      .Member("reason", row.reason)
      .EndObject();
  return json;
}

}  // namespace

Quarantine::Quarantine(std::string directory)
    : directory_(std::move(directory)), count_(Notes(directory_).size()) {}

bool Quarantine::Contains(const std::string& name) const {
  std::error_code error;
  return count_ > 0 && fs::exists(directory_ + "/" + name + ".json", error);
}

Result<void> Quarantine::Add(const std::string& name, const QuarantinedRow& row) {
  platform::FileSystem& files = platform::PosixFileSystem();
  std::string base = directory_ + "/" + name;
  if (Contains(name)) return {};
  TRY(files.CreateDirectory(directory_));
  TRY(files.SyncDirectory(fs::path(directory_).parent_path().string()));
  TRY(WriteFile(base + ".native", row.native));
  TRY(WriteFile(base + ".json.new", Describe(row)));
  TRY(files.Rename(base + ".json.new", base + ".json"));
  TRY(files.SyncDirectory(directory_));
  ++count_;
  return {};
}

std::vector<QuarantineNote> Quarantine::Newest(std::string_view project, size_t max) const {
  std::vector<std::pair<fs::file_time_type, fs::path>> by_time;
  std::error_code error;
  for (fs::path& path : Notes(directory_)) {
    by_time.emplace_back(fs::last_write_time(path, error), std::move(path));
  }
  std::sort(by_time.rbegin(), by_time.rend());
  std::vector<QuarantineNote> notes;
  for (const auto& [time, path] : by_time) {
    if (notes.size() == max) break;
    std::ostringstream read;
    read << std::ifstream(path, std::ios::binary).rdbuf();
    std::string text = read.str();
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(text, arena) != syntax::JsonStatus::kOk) continue;
    syntax::JsonValue root = document.root();
    QuarantineNote note{std::string(root["table"].text()), std::string(root["project"].text()),
                        std::string(root["row"].text()), std::string(root["reason"].text())};
    if (note.project == project) notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace vitrine::settle
