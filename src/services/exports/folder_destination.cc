#include <filesystem>

#include "services/exports/destination.h"

namespace vitrine::exports {

namespace {

// One read and write of a copy.
constexpr size_t kCopyBytes = 1 << 20;

class Folder final : public Destination {
 public:
  Folder(std::string folder, platform::FileSystem& file_system)
      : folder_(std::move(folder)), file_system_(file_system) {}

  Result<void> Put(const std::string& spool, const std::string& path,
                   const std::stop_token& stop) override {
    const std::filesystem::path whole = std::filesystem::path(folder_) / path;
    TRY(MakeFolders(whole.parent_path()));
    // A name that begins with a dot is passed over by whoever reads the folder as a table.
    const std::string next =
        (whole.parent_path() / ("." + whole.filename().string() + ".partial")).string();
    if (auto removed = file_system_.Remove(next);
        !removed && removed.error().code != ErrorCode::kNotFound) {
      return removed;
    }
    if (auto copied = Copy(spool, next, stop); !copied) {
      (void)file_system_.Remove(next).has_value();
      return copied;
    }
    TRY(file_system_.Rename(next, whole.string()));
    return file_system_.SyncDirectory(whole.parent_path().string());
  }

  std::string name() const override { return folder_; }

 private:
  /// Each folder's entry is made durable in the one above it.
  Result<void> MakeFolders(const std::filesystem::path& path) {
    if (path.empty() || path == path.root_path() || std::filesystem::exists(path)) return {};
    TRY(MakeFolders(path.parent_path()));
    TRY(file_system_.CreateDirectory(path.string()));
    const std::string above = path.parent_path().string();
    return file_system_.SyncDirectory(above.empty() ? "." : above);
  }

  Result<void> Copy(const std::string& from, const std::string& to, const std::stop_token& stop) {
    TRY_ASSIGN(auto in, file_system_.Open(from, platform::OpenMode::kRead));
    TRY_ASSIGN(auto out, file_system_.Open(to, platform::OpenMode::kCreate));
    std::string buffer(kCopyBytes, '\0');
    for (uint64_t at = 0;;) {
      if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");
      TRY_ASSIGN(const size_t size, in->ReadAt(at, buffer.data(), buffer.size()));
      if (size == 0) break;
      TRY(out->WriteAt(at, std::string_view(buffer).substr(0, size)));
      at += size;
    }
    return out->SyncData();
  }

  const std::string folder_;
  platform::FileSystem& file_system_;
};

}  // namespace

std::unique_ptr<Destination> FolderDestination(std::string folder,
                                               platform::FileSystem& file_system) {
  return std::make_unique<Folder>(std::move(folder), file_system);
}

}  // namespace vitrine::exports
