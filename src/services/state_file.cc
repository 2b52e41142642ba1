#include "services/state_file.h"

namespace vitrine::services {

namespace {

// A line of JSON with some numbers.
constexpr size_t kSizeBytesMax = 4096;

}  // namespace

Result<std::optional<std::string>> ReadStateFile(const std::string& path,
                                                 platform::FileSystem& file_system) {
  auto file = file_system.Open(path, platform::OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!file) return std::unexpected(file.error());
  std::string text(kSizeBytesMax, '\0');
  TRY_ASSIGN(const size_t size, (*file)->ReadAt(0, text.data(), text.size()));
  text.resize(size);
  return text;
}

Result<void> WriteStateFile(const std::string& folder, const std::string& path,
                            std::string_view text, platform::FileSystem& file_system) {
  const std::string next = path + ".new";
  // What a crash left.
  if (auto removed = file_system.Remove(next);
      !removed && removed.error().code != ErrorCode::kNotFound) {
    return removed;
  }
  {
    TRY_ASSIGN(auto file, file_system.Open(next, platform::OpenMode::kCreate));
    TRY(file->WriteAt(0, text));
    TRY(file->SyncData());
  }
  TRY(file_system.Rename(next, path));
  return file_system.SyncDirectory(folder);
}

}  // namespace vitrine::services
