#include "storage/catalog/catalog.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "storage/catalog/internal/fault.h"
#include "storage/catalog/internal/schema.h"
#include "storage/catalog/limits.h"

namespace vitrine::catalog {
namespace {

// Names of people and keys lie in it.
constexpr unsigned kFileMode = 0600;

// A rollback journal, for Debian's SQLite 3.40.1 may lose what a write-ahead log holds when that is
// reset. TRUNCATE, because a commit is then one synced change of the journal's size: a journal that
// is deleted comes back with a power failure where its folder was not synced. Triggers and views of
// a foreign hand run nothing.
constexpr const char* kSettings =
    "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY";

/// SQLite's journal takes the file's mode over.
Result<void> MakeFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (descriptor < 0)
    return Fail(ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno));
  close(descriptor);
  return {};
}

Result<void> CheckPages(sqlite3* database) {
  sqlite3_stmt* check = nullptr;
  if (sqlite3_prepare_v2(database, "PRAGMA quick_check(1)", -1, &check, nullptr) != SQLITE_OK)
    return std::unexpected(Fault(database));
  std::string said = sqlite3_step(check) == SQLITE_ROW ? Row(check).Text(0) : "";
  sqlite3_finalize(check);
  if (said == "ok") return {};
  return Fail(ErrorCode::kCorrupt, said.empty() ? Fault(database).message : said);
}

Error Unreadable(const std::string& path, Error error) {
  if (error.code == ErrorCode::kCorrupt) {
    error.message = path + " cannot be read (" + error.message +
                    "); restore it from a backup of this folder, or move it away to begin with "
                    "empty views, dashboards and settings; spans do not lie in it";
  }
  return error;
}

int Bind(sqlite3_stmt* statement, int place, const Argument& argument) {
  if (const auto* number = std::get_if<int64_t>(&argument))
    return sqlite3_bind_int64(statement, place, *number);
  if (const auto* text = std::get_if<std::string_view>(&argument)) {
    return sqlite3_bind_text64(statement, place, text->data() == nullptr ? "" : text->data(),
                               text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&argument)) {
    return sqlite3_bind_blob64(statement, place,
                               blob->bytes.data() == nullptr ? "" : blob->bytes.data(),
                               blob->bytes.size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, place);
}

/// One statement with its arguments, until it is finalized.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view text, Arguments arguments) : database_(database) {
    status_ = sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()), &statement_,
                                 nullptr);
    if (status_ != SQLITE_OK) return;
    VITRINE_CHECK(static_cast<size_t>(sqlite3_bind_parameter_count(statement_)) ==
                  arguments.size());
    int place = 0;
    for (const Argument& argument : arguments)
      if (status_ == SQLITE_OK) status_ = Bind(statement_, ++place, argument);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// True while there is a row.
  Result<bool> Step() {
    if (status_ == SQLITE_OK) status_ = sqlite3_step(statement_);
    if (status_ == SQLITE_DONE) return false;
    if (status_ != SQLITE_ROW) return std::unexpected(Fault(database_));
    status_ = SQLITE_OK;
    return true;
  }
  Row row() const { return Row(statement_); }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int status_ = SQLITE_OK;
};

}  // namespace

int64_t Row::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Row::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

bool Row::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Transaction::~Transaction() {
  // After some failures SQLite has rolled back already.
  if (database_ != nullptr && sqlite3_get_autocommit(database_) == 0)
    sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<int64_t> Transaction::Change(std::string_view statement, Arguments arguments) {
  TRY(Read(statement, arguments, [](const Row&) {}));
  return static_cast<int64_t>(sqlite3_changes64(database_));
}

Result<void> Transaction::Read(std::string_view statement, Arguments arguments,
                               const std::function<void(const Row&)>& visit) const {
  Statement asked(database_, statement, arguments);
  while (true) {
    TRY_ASSIGN(const bool has_row, asked.Step());
    if (!has_row) return {};
    visit(asked.row());
  }
}

Result<void> Transaction::Commit() {
  return Read("COMMIT", {}, [](const Row&) {});
}

Result<std::unique_ptr<Catalog>> Catalog::Open(const std::string& path) {
  TRY(MakeFile(path));
  sqlite3* database = nullptr;
  // Only one Transaction is open at a time, so SQLite needs no locks of its own.
  const int opened = sqlite3_open_v2(path.c_str(), &database,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Catalog> catalog(new Catalog(database));
  if (opened != SQLITE_OK)
    return Fail(ErrorCode::kIo, "cannot open " + path + ": " + sqlite3_errstr(opened));
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, kBusyWaitMsMax);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (sqlite3_exec(database, kSettings, nullptr, nullptr, nullptr) != SQLITE_OK)
    return std::unexpected(Unreadable(path, Fault(database)));
  if (auto checked = CheckPages(database); !checked)
    return std::unexpected(Unreadable(path, std::move(checked).error()));
  if (auto upgraded = Upgrade(database, path, SchemaSteps()); !upgraded)
    return std::unexpected(Unreadable(path, std::move(upgraded).error()));
  return catalog;
}

Catalog::~Catalog() { sqlite3_close_v2(database_); }

Result<Transaction> Catalog::Begin() {
  Transaction transaction(std::unique_lock<std::mutex>(mutex_), database_);
  TRY(transaction.Read("BEGIN IMMEDIATE", {}, [](const Row&) {}));
  return transaction;
}

}  // namespace vitrine::catalog
