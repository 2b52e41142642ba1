#include "access/limit_use.h"

#include <chrono>

#include "access/limits.h"

namespace vitrine::access {

namespace {

std::string KeyOf(const catalog::LimitUseRow& row) {
  std::string key = row.scope;
  key += '\0';
  key += std::to_string(row.window_ms);
  key += '\0';
  return key + row.subject;
}

bool HasPassed(const catalog::LimitUseRow& row, int64_t now_ms) {
  return now_ms / row.window_ms > row.window;
}

}  // namespace

Result<std::unique_ptr<LimitUse>> LimitUse::Open(LimitUseOptions options) {
  std::unique_ptr<LimitUse> use(new LimitUse(std::move(options)));
  TRY(use->Load());
  use->thread_ = std::thread([raw = use.get()] { raw->Run(); });
  return use;
}

LimitUse::~LimitUse() { Stop(); }

Result<void> LimitUse::Load() {
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  removed_at_ms_ = NowMs();
  TRY(catalog::RemovePassedLimitUse(work, removed_at_ms_));
  TRY_ASSIGN(auto rows, catalog::ReadLimitUse(work));
  TRY(work.Commit());
  for (catalog::LimitUseRow& row : rows) {
    std::string scope = row.scope;
    before_[std::move(scope)].push_back(std::move(row));
  }
  return {};
}

std::vector<catalog::LimitUseRow> LimitUse::Take(const std::string& scope) {
  const std::lock_guard lock(mutex_);
  auto node = before_.extract(scope);
  return node.empty() ? std::vector<catalog::LimitUseRow>() : std::move(node.mapped());
}

void LimitUse::Note(catalog::LimitUseRow row) {
  std::string key = KeyOf(row);
  const std::lock_guard lock(mutex_);
  const bool was_empty = noted_.empty();
  noted_.insert_or_assign(std::move(key), std::move(row));
  if (was_empty) changed_.notify_one();
}

Result<void> LimitUse::Write() {
  const std::lock_guard one(writing_);
  Rows rows;
  {
    const std::lock_guard lock(mutex_);
    rows.swap(noted_);
  }
  if (rows.empty()) return {};
  auto written = WriteRows(rows);
  if (!written) PutBack(std::move(rows));
  return written;
}

Result<void> LimitUse::WriteRows(const Rows& rows) {
  for (auto row = rows.begin(); row != rows.end();) {
    // In parts, so that others who need the catalog come between them.
    TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
    for (size_t i = 0; i < kUseRowsPerWrite && row != rows.end(); ++i, ++row)
      TRY(catalog::WriteLimitUse(work, row->second));
    if (const int64_t now_ms = NowMs(); now_ms - removed_at_ms_ >= kUseRemoveMs) {
      TRY(catalog::RemovePassedLimitUse(work, now_ms));
      removed_at_ms_ = now_ms;
    }
    TRY(work.Commit());
  }
  return {};
}

void LimitUse::PutBack(Rows rows) {
  const int64_t now_ms = NowMs();
  const std::lock_guard lock(mutex_);
  // Newer ones stay, and windows that are over are needed no more.
  for (auto& [key, row] : rows) {
    if (!HasPassed(row, now_ms)) noted_.try_emplace(key, std::move(row));
  }
}

void LimitUse::Run() {
  bool is_failing = false;
  std::unique_lock lock(mutex_);
  while (!is_stopped_) {
    changed_.wait(lock, [this] { return is_stopped_ || !noted_.empty(); });
    // More gathers meanwhile; who uses much is noted many times and written once.
    const std::chrono::milliseconds pause(is_failing ? kUseRetryMs : kUseWriteMs);
    changed_.wait_for(lock, pause, [this] { return is_stopped_; });
    lock.unlock();
    const auto written = Write();
    if (!written && !is_failing) options_.on_fault(written.error());
    is_failing = !written;
    lock.lock();
  }
}

void LimitUse::Stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  // What was noted after the thread's last look.
  if (const auto written = Write(); !written) options_.on_fault(written.error());
}

}  // namespace vitrine::access
