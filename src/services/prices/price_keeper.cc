#include "services/prices/price_keeper.h"

#include <pthread.h>

#include <algorithm>
#include <span>
#include <unordered_set>

#include "platform/thread_turns.h"
#include "services/pause.h"
#include "services/prices/limits.h"
#include "services/prices/price_block.h"
#include "storage/clickhouse/native_reader.h"

namespace vitrine::prices {

namespace {

constexpr const char* kTable = "vitrine.price_table_rows";

std::string WhichAreStored(std::span<const model::PriceRow* const> rows) {
  std::string sql = "SELECT price_id FROM " + std::string(kTable) + " WHERE price_id IN (";
  for (const model::PriceRow* row : rows) {
    if (row != rows.front()) sql += ", ";
    sql += clickhouse::SqlLiteral(row->price_id);
  }
  return sql + ") FORMAT Native";
}

}  // namespace

PriceKeeper::PriceKeeper(const pipeline::PriceBook& book, clickhouse::Client& client,
                         PriceKeeperOptions options)
    : book_(book), client_(client), options_(std::move(options)) {}

PriceKeeper::~PriceKeeper() { Stop(); }

void PriceKeeper::Start() {
  book_.Watch([this](const pipeline::PriceTable& before, const pipeline::PriceTable& after) {
    NoteReplaced(before, after);
  });
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void PriceKeeper::Stop() {
  if (!thread_.joinable()) return;
  book_.Watch(nullptr);
  thread_.request_stop();
  thread_.join();
}

PriceKeeperStatus PriceKeeper::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool PriceKeeper::WaitKept(std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return IsKept(); });
}

bool PriceKeeper::IsKept() const {
  return replaced_.empty() && status_.kept_version == book_.snapshot()->version();
}

void PriceKeeper::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "keep-prices");
  platform::GiveWay();  // Questions and ingest come first.
  while (!stop.stop_requested() && !options_.is_ready()) services::Pause(kReadyLookMs, stop);
  int64_t wait_ms = 0;
  while (!stop.stop_requested()) {
    if (const auto kept = Keep(stop); kept) {
      wait_ms = 0;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !IsKept(); });
    } else if (!stop.stop_requested()) {
      NoteFailure(kept.error());
      wait_ms = std::clamp(2 * wait_ms, kRetryMsMin, kRetryMsMax);
      services::Pause(wait_ms, stop);
    }
  }
}

Result<void> PriceKeeper::Keep(const std::stop_token& stop) {
  const auto table = book_.snapshot();
  std::map<std::string, model::PriceRow> replaced;
  {
    const std::lock_guard lock(mutex_);
    replaced = replaced_;
  }
  RowPointers rows;
  for (const model::PriceRow& row : table->rows()) rows.push_back(&row);
  for (const auto& [price_id, row] : replaced) {
    // It may be in use again.
    if (table->FindById(price_id) == nullptr) rows.push_back(&row);
  }
  const auto cancel = std::make_shared<clickhouse::CancelToken>();
  const std::stop_callback stopping(stop, [&cancel] { cancel->Cancel(); });
  clickhouse::QueryOptions options;
  options.cancel = cancel;
  TRY(RemoveStored(rows, options));
  if (!rows.empty()) {
    const clickhouse::NativeBlock block = PriceBlock(rows);
    // One block is one part: all of it is there, or nothing.
    TRY(client_.InsertNative(kTable, block.ColumnList(), block.Serialize(), options));
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [price_id, row] : replaced) replaced_.erase(price_id);
  status_.kept_version = table->version();
  status_.rows_inserted += rows.size();
  status_.last_error.clear();
  changed_.notify_all();
  return {};
}

/// Leaves the rows that are not stored, each once.
Result<void> PriceKeeper::RemoveStored(RowPointers& rows,
                                       const clickhouse::QueryOptions& asking) const {
  clickhouse::QueryOptions options = asking;
  options.settings = {{"max_query_size", kStatementBytesMax}};
  std::unordered_set<std::string> seen;
  for (size_t begin = 0; begin < rows.size(); begin += kIdsAskedMax) {
    const auto asked = std::span(rows).subspan(begin, std::min(kIdsAskedMax, rows.size() - begin));
    TRY_ASSIGN(const std::string answer, client_.Query(WhichAreStored(asked), options));
    TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(answer));
    for (const clickhouse::NativeReadBlock& block : blocks) {
      for (size_t row = 0; row < block.rows; ++row)
        seen.emplace(block.columns.front().values.Text(row));
    }
  }
  std::erase_if(rows,
                [&](const model::PriceRow* row) { return !seen.insert(row->price_id).second; });
  return {};
}

void PriceKeeper::NoteReplaced(const pipeline::PriceTable& before,
                               const pipeline::PriceTable& after) {
  const std::lock_guard lock(mutex_);
  if (status_.kept_version != before.version()) {
    for (const model::PriceRow& row : before.rows()) {
      if (after.FindById(row.price_id) != nullptr || replaced_.contains(row.price_id)) continue;
      if (replaced_.size() < kReplacedRowsMax) {
        replaced_.emplace(row.price_id, row);
      } else {
        ++status_.rows_forgotten;
      }
    }
  }
  changed_.notify_all();
}

void PriceKeeper::NoteFailure(const Error& error) {
  bool is_news = false;
  {
    const std::lock_guard lock(mutex_);
    ++status_.failures;
    is_news = status_.last_error != error.message;
    status_.last_error = error.message;
    changed_.notify_all();
  }
  if (is_news && !clickhouse::IsTransient(error)) options_.on_fault(error);
}

}  // namespace vitrine::prices
