#include "platform/sim_file.h"

#include <algorithm>

#include "base/check.h"

namespace vitrine::platform {

namespace {

constexpr uint64_t kSectorSize = 512;

std::string DirectoryOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

void WriteInto(std::string& bytes, uint64_t offset, std::string_view piece) {
  if (bytes.size() < offset + piece.size()) bytes.resize(offset + piece.size());
  bytes.replace(offset, piece.size(), piece);
}

}  // namespace

class SimFile : public File {
 public:
  SimFile(SimFileSystem& files, SimFileSystem::InodePtr inode, std::string path, bool is_lock)
      : files_(files),
        inode_(std::move(inode)),
        path_(std::move(path)),
        is_lock_(is_lock),
        generation_(files.generation_) {}
  ~SimFile() override {
    std::lock_guard lock(files_.mutex_);
    if (is_lock_ && generation_ == files_.generation_) files_.locks_.erase(path_);
  }
  SimFile(const SimFile&) = delete;
  SimFile& operator=(const SimFile&) = delete;

  Result<void> WriteAt(uint64_t offset, std::span<const std::string_view> pieces) override {
    std::lock_guard lock(files_.mutex_);
    TRY(files_.CheckUp(generation_));
    return files_.Write(*inode_, offset, pieces);
  }
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    std::lock_guard lock(files_.mutex_);
    TRY(files_.CheckUp(generation_));
    if (auto fault = files_.NextFault()) TRY(files_.Strike(*fault, "read " + path_));
    if (offset >= inode_->cached.size()) return size_t{0};
    size_t count = std::min<uint64_t>(size, inode_->cached.size() - offset);
    inode_->cached.copy(to, count, offset);
    return count;
  }
  Result<void> SyncData() override {
    std::lock_guard lock(files_.mutex_);
    TRY(files_.CheckUp(generation_));
    return files_.Sync(*inode_);
  }
  void StartWriteback(uint64_t, uint64_t) override {}
  Result<void> Truncate(uint64_t size) override { return Resize(size, "resize "); }
  Result<void> Preallocate(uint64_t size) override {
    TRY_ASSIGN(uint64_t now, Size());
    if (size <= now) return {};
    return Resize(size, "allocate ");
  }
  Result<uint64_t> Size() override {
    std::lock_guard lock(files_.mutex_);
    TRY(files_.CheckUp(generation_));
    return inode_->cached.size();
  }

 private:
  Result<void> Resize(uint64_t size, const char* what) {
    std::lock_guard lock(files_.mutex_);
    TRY(files_.CheckUp(generation_));
    if (auto fault = files_.NextFault()) TRY(files_.Strike(*fault, what + path_));
    if (size > inode_->cached.size() &&
        files_.UsedBytes() + (size - inode_->cached.size()) > files_.capacity_) {
      return Fail(ErrorCode::kLimitExceeded, what + path_ + ": simulated disk is full");
    }
    files_.ResizeCached(*inode_, size);
    return {};
  }

  SimFileSystem& files_;
  SimFileSystem::InodePtr inode_;
  std::string path_;
  bool is_lock_;
  uint64_t generation_;
};

Result<void> SimFileSystem::CheckUp(uint64_t generation) const {
  if (down_ || generation != generation_) return Fail(ErrorCode::kIo, "simulated machine is down");
  return {};
}

/// Counts a call and says whether it is to fail.
std::optional<SimFault> SimFileSystem::NextFault() {
  ++call_count_;
  if (call_count_ >= fail_from_ && call_count_ < fail_until_) return fail_fault_;
  if (random_one_in_ != 0 && random_.OneIn(random_one_in_)) return random_fault_;
  return std::nullopt;
}

/// What a call without partial effects answers when it is to fail.
Result<void> SimFileSystem::Strike(SimFault fault, const std::string& what) {
  switch (fault) {
    case SimFault::kNoSpace: return Fail(ErrorCode::kLimitExceeded, what + ": simulated full disk");
    case SimFault::kPowerLoss: Crash(true); break;
    case SimFault::kKill: Crash(false); break;
    case SimFault::kIoError:
    case SimFault::kShortWrite: break;
  }
  return Fail(ErrorCode::kIo, what + ": simulated I/O error");
}

Result<void> SimFileSystem::Write(Inode& inode, uint64_t offset,
                                  std::span<const std::string_view> pieces) {
  std::string bytes;
  for (std::string_view piece : pieces) bytes += piece;
  std::optional<SimFault> fault = NextFault();
  size_t fits = bytes.size();
  uint64_t end = offset + bytes.size();
  if (end > inode.cached.size() && UsedBytes() + (end - inode.cached.size()) > capacity_) {
    uint64_t room_end = inode.cached.size() + capacity_ - std::min(capacity_, UsedBytes());
    fits = offset >= room_end ? 0 : std::min<uint64_t>(fits, room_end - offset);
    if (!fault) fault = SimFault::kNoSpace;
  }
  if (!fault) {
    WriteCached(inode, offset, bytes);
    return {};
  }
  // A plain I/O error writes nothing; the others write some of it.
  size_t part = *fault == SimFault::kIoError ? 0 : random_.Below(fits + 1);
  WriteCached(inode, offset, std::string_view(bytes).substr(0, part));
  return Strike(*fault, "write");
}

void SimFileSystem::WriteCached(Inode& inode, uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  WriteInto(inode.cached, offset, bytes);
  inode.unsynced.push_back({false, offset, std::string(bytes)});
}

void SimFileSystem::ResizeCached(Inode& inode, uint64_t size) {
  inode.cached.resize(size);
  inode.unsynced.push_back({true, size, {}});
}

Result<void> SimFileSystem::Sync(Inode& inode) {
  if (auto fault = NextFault()) {
    // Power loss and kill act on what is unsynced themselves; an error loses it for good.
    if (*fault != SimFault::kPowerLoss && *fault != SimFault::kKill) TearInto(inode);
    return Strike(*fault, "sync");
  }
  for (const Change& change : inode.unsynced) {
    if (change.is_resize) {
      inode.durable.resize(change.offset);
    } else {
      WriteInto(inode.durable, change.offset, change.bytes);
    }
  }
  inode.unsynced.clear();
  return {};
}

/// Writes some sectors of some unsynced changes to disk and forgets the rest.
void SimFileSystem::TearInto(Inode& inode) {
  enum { kNone, kAll, kPrefix, kSome } mode = static_cast<decltype(mode)>(random_.Below(4));
  size_t until = mode == kPrefix ? random_.Below(inode.unsynced.size() + 1) : inode.unsynced.size();
  for (size_t i = 0; i < until && mode != kNone; ++i) {
    const Change& change = inode.unsynced[i];
    if (mode == kSome && random_.OneIn(3)) continue;
    if (change.is_resize) {
      inode.durable.resize(change.offset);
      continue;
    }
    bool torn = mode == kSome || (mode == kPrefix && i + 1 == until);
    for (uint64_t at = 0; at < change.bytes.size();) {
      uint64_t sector_end = (change.offset + at) / kSectorSize * kSectorSize + kSectorSize;
      uint64_t size = std::min<uint64_t>(change.bytes.size() - at, sector_end - change.offset - at);
      if (!torn || random_.OneIn(2)) {
        WriteInto(inode.durable, change.offset + at,
                  std::string_view(change.bytes).substr(at, size));
      }
      at += size;
    }
  }
  inode.unsynced.clear();
}

void SimFileSystem::Crash(bool power_loss) {
  down_ = true;
  ++generation_;
  locks_.clear();
  if (!power_loss) return;
  for (EntryChange& change : unsynced_entries_) {
    if (random_.OneIn(2)) continue;
    if (!change.also_removed.empty()) durable_entries_.erase(change.also_removed);
    if (change.inode) {
      durable_entries_[change.path] = change.inode;
    } else {
      durable_entries_.erase(change.path);
    }
  }
  unsynced_entries_.clear();
  std::set<InodePtr> inodes;
  for (auto& [path, inode] : durable_entries_) inodes.insert(inode);
  for (auto& [path, inode] : durable_entries_) {
    if (inodes.erase(inode) == 0) continue;
    TearInto(*inode);
    inode->cached = inode->durable;
  }
  for (auto it = directories_.begin(); it != directories_.end();) {
    if (it->second || random_.OneIn(2)) {
      it->second = true;
      ++it;
      continue;
    }
    std::string prefix = it->first + "/";
    std::erase_if(durable_entries_, [&](auto& entry) { return entry.first.starts_with(prefix); });
    it = directories_.erase(it);
  }
  cached_entries_ = durable_entries_;
}

Result<std::unique_ptr<File>> SimFileSystem::Open(const std::string& path, OpenMode mode) {
  std::lock_guard lock(mutex_);
  TRY(CheckUp(generation_));
  if (auto fault = NextFault()) TRY(Strike(*fault, "open " + path));
  auto found = cached_entries_.find(path);
  if (mode != OpenMode::kCreate) {
    if (found == cached_entries_.end()) return Fail(ErrorCode::kNotFound, "no file " + path);
    return std::make_unique<SimFile>(*this, found->second, path, false);
  }
  if (found != cached_entries_.end()) return Fail(ErrorCode::kConflict, "exists: " + path);
  if (!directories_.contains(DirectoryOf(path))) {
    return Fail(ErrorCode::kNotFound, "no directory for " + path);
  }
  auto inode = std::make_shared<Inode>();
  cached_entries_[path] = inode;
  unsynced_entries_.push_back({path, inode, {}});
  return std::make_unique<SimFile>(*this, inode, path, false);
}

Result<void> SimFileSystem::CreateDirectory(const std::string& path) {
  std::lock_guard lock(mutex_);
  TRY(CheckUp(generation_));
  if (auto fault = NextFault()) TRY(Strike(*fault, "create directory " + path));
  directories_.try_emplace(path, false);
  return {};
}

Result<std::vector<std::string>> SimFileSystem::List(const std::string& directory) {
  std::lock_guard lock(mutex_);
  TRY(CheckUp(generation_));
  if (auto fault = NextFault()) TRY(Strike(*fault, "list " + directory));
  if (!directories_.contains(directory)) {
    return Fail(ErrorCode::kNotFound, "no directory " + directory);
  }
  std::vector<std::string> names;
  for (auto& [path, inode] : cached_entries_) {
    if (DirectoryOf(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

Result<void> SimFileSystem::SyncDirectory(const std::string& directory) {
  std::lock_guard lock(mutex_);
  TRY(CheckUp(generation_));
  if (auto fault = NextFault()) TRY(Strike(*fault, "sync directory " + directory));
  std::vector<EntryChange> rest;
  for (EntryChange& change : unsynced_entries_) {
    if (DirectoryOf(change.path) != directory) {
      rest.push_back(std::move(change));
      continue;
    }
    if (!change.also_removed.empty()) durable_entries_.erase(change.also_removed);
    if (change.inode) {
      durable_entries_[change.path] = change.inode;
    } else {
      durable_entries_.erase(change.path);
    }
  }
  unsynced_entries_ = std::move(rest);
  for (auto& [path, durable] : directories_) {
    if (DirectoryOf(path) == directory) durable = true;
  }
  return {};
}

Result<void> SimFileSystem::Rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(mutex_);
  TRY(CheckUp(generation_));
  if (auto fault = NextFault()) TRY(Strike(*fault, "rename " + from));
  auto found = cached_entries_.find(from);
  if (found == cached_entries_.end()) return Fail(ErrorCode::kNotFound, "no file " + from);
  InodePtr inode = found->second;
  cached_entries_.erase(found);
  cached_entries_[to] = inode;
  unsynced_entries_.push_back({to, inode, from});
  return {};
}

Result<void> SimFileSystem::Remove(const std::string& path) {
  std::lock_guard lock(mutex_);
  TRY(CheckUp(generation_));
  if (auto fault = NextFault()) TRY(Strike(*fault, "remove " + path));
  if (cached_entries_.erase(path) == 0) return Fail(ErrorCode::kNotFound, "no file " + path);
  unsynced_entries_.push_back({path, nullptr, {}});
  return {};
}

Result<uint64_t> SimFileSystem::FreeSpace(const std::string& path) {
  std::lock_guard lock(mutex_);
  TRY(CheckUp(generation_));
  if (auto fault = NextFault()) TRY(Strike(*fault, "stat " + path));
  return capacity_ - std::min(capacity_, UsedBytes());
}

Result<std::unique_ptr<File>> SimFileSystem::Lock(const std::string& path) {
  {
    std::lock_guard lock(mutex_);
    TRY(CheckUp(generation_));
    if (auto fault = NextFault()) TRY(Strike(*fault, "lock " + path));
    if (!directories_.contains(DirectoryOf(path))) {
      return Fail(ErrorCode::kNotFound, "no directory for " + path);
    }
    if (!locks_.insert(path).second) {
      return Fail(ErrorCode::kConflict, "locked by another process: " + path);
    }
    return std::make_unique<SimFile>(*this, std::make_shared<Inode>(), path, true);
  }
}

void SimFileSystem::FailCall(uint64_t nth, SimFault fault, uint64_t count) {
  std::lock_guard lock(mutex_);
  VITRINE_CHECK(nth > 0);
  fail_from_ = call_count_ + nth;
  fail_until_ = fail_from_ + std::min(count, UINT64_MAX - fail_from_);
  fail_fault_ = fault;
}

void SimFileSystem::FailRandomly(SimFault fault, uint64_t n) {
  std::lock_guard lock(mutex_);
  random_fault_ = fault;
  random_one_in_ = n;
}

void SimFileSystem::ClearFaults() {
  std::lock_guard lock(mutex_);
  fail_from_ = fail_until_ = 0;
  random_one_in_ = 0;
}

uint64_t SimFileSystem::call_count() const {
  std::lock_guard lock(mutex_);
  return call_count_;
}

void SimFileSystem::SetCapacity(uint64_t bytes) {
  std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

bool SimFileSystem::is_down() const {
  std::lock_guard lock(mutex_);
  return down_;
}

void SimFileSystem::PowerLoss() {
  std::lock_guard lock(mutex_);
  Crash(true);
}

void SimFileSystem::Kill() {
  std::lock_guard lock(mutex_);
  Crash(false);
}

void SimFileSystem::Restart() {
  std::lock_guard lock(mutex_);
  down_ = false;
}

void SimFileSystem::Corrupt(const std::string& path, uint64_t offset, uint8_t mask) {
  std::lock_guard lock(mutex_);
  auto found = cached_entries_.find(path);
  VITRINE_CHECK(found != cached_entries_.end());
  for (std::string* bytes : {&found->second->cached, &found->second->durable}) {
    if (offset < bytes->size()) {
      (*bytes)[offset] = static_cast<char>(static_cast<uint8_t>((*bytes)[offset]) ^ mask);
    }
  }
}

std::optional<std::string> SimFileSystem::Contents(const std::string& path) const {
  std::lock_guard lock(mutex_);
  auto found = cached_entries_.find(path);
  if (found == cached_entries_.end()) return std::nullopt;
  return found->second->cached;
}

uint64_t SimFileSystem::UsedBytes() const {
  uint64_t used = 0;
  for (auto& [path, inode] : cached_entries_) used += inode->cached.size();
  return used;
}

}  // namespace vitrine::platform
