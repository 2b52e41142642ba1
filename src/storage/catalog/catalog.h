// Catalog: what people decided and gave names to: views, dashboards, settings of projects. One
// SQLite file in the data folder, `catalog.sqlite`. Telemetry is never in it.
//
// Owner: the app opens one for the life of the server; a Transaction borrows from it. Threads: any;
// one Transaction is open at a time, the next Begin waits for its end. Who holds one and begins
// another waits for ever. Durability: what Commit answered is on disk; what was not committed is
// undone, also by a crash. Each subject has a file pair of its own beside this one.
// Format: docs/formats/catalog.md.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vitrine::catalog {

/// Bytes that are no text.
struct Blob {
  explicit Blob(std::string_view all) : bytes(all) {}
  std::string_view bytes;
};

/// What stands for a '?' of a statement. Texts and bytes borrow until the call returns.
using Argument = std::variant<std::nullptr_t, int64_t, std::string_view, Blob>;
using Arguments = std::initializer_list<Argument>;

/// One row of an answer, by the place of its columns. Dies with the visit.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  int64_t Int(int column) const;
  /// Text, or bytes.
  std::string Text(int column) const;
  bool IsNull(int column) const;

 private:
  sqlite3_stmt* statement_;
};

/// Everything that happens together. What it changed is undone where it ends without Commit.
/// Errors of all: kConflict (a value that must be unique is there already), kIo (the disk, which
/// may be full), kUnavailable (another program holds the file), kCorrupt.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept
      : lock_(std::move(other.lock_)), database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  /// Runs one statement that changes rows; answers how many.
  Result<int64_t> Change(std::string_view statement, Arguments arguments);
  /// Calls `visit` for each row of the answer.
  Result<void> Read(std::string_view statement, Arguments arguments,
                    const std::function<void(const Row&)>& visit) const;
  /// Durable when it returns. Call once, last.
  Result<void> Commit();

 private:
  friend class Catalog;
  Transaction(std::unique_lock<std::mutex> lock, sqlite3* database)
      : lock_(std::move(lock)), database_(database) {}

  std::unique_lock<std::mutex> lock_;
  sqlite3* database_;
};

class Catalog {
 public:
  /// Opens the file, makes it where there is none, and brings it to this program's schema.
  /// Errors: kConflict (a newer program wrote it), kCorrupt (with what to do), kIo.
  static Result<std::unique_ptr<Catalog>> Open(const std::string& path);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  Result<Transaction> Begin();

 private:
  explicit Catalog(sqlite3* database) : database_(database) {}

  std::mutex mutex_;
  sqlite3* database_;
};

}  // namespace vitrine::catalog
