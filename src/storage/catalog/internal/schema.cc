#include "storage/catalog/internal/schema.h"

#include <sqlite3.h>

#include <array>

#include "storage/catalog/internal/fault.h"

namespace vitrine::catalog {
namespace {

// "Vitr": tells our files from other programs' (docs/formats/catalog.md).
constexpr int64_t kApplicationId = 0x56697472;

constexpr std::string_view kProjectTables = R"sql(
CREATE TABLE project_settings(
  project TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  time_zone TEXT NOT NULL,
  link_templates TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE saved_views(
  project TEXT NOT NULL,
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  page TEXT NOT NULL,
  query TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY(project, id),
  UNIQUE(project, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE dashboards(
  project TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  panel_count INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY(project, id)
) STRICT;
)sql";

constexpr std::string_view kVirtualKeyTables = R"sql(
CREATE TABLE virtual_keys(
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  name TEXT NOT NULL,
  upstream TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  shown_end TEXT NOT NULL,
  sealed BLOB NOT NULL,
  models TEXT NOT NULL,
  limits TEXT NOT NULL,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  rotated_at INTEGER,
  UNIQUE(project, name)
) STRICT;
CREATE TABLE master_key_proof(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  sealed BLOB NOT NULL
) STRICT;
)sql";

constexpr std::string_view kLimitUseTable = R"sql(
CREATE TABLE limit_use(
  scope TEXT NOT NULL,
  window_ms INTEGER NOT NULL,
  subject TEXT NOT NULL,
  window INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  cost_nano_usd INTEGER NOT NULL,
  PRIMARY KEY(scope, window_ms, subject)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array kSteps = {
    kProjectTables,     // 1
    kVirtualKeyTables,  // 2
    kLimitUseTable,     // 3
};

Result<int64_t> AskNumber(sqlite3* database, const char* statement) {
  sqlite3_stmt* asked = nullptr;
  if (sqlite3_prepare_v2(database, statement, -1, &asked, nullptr) != SQLITE_OK)
    return std::unexpected(Fault(database));
  const bool has_row = sqlite3_step(asked) == SQLITE_ROW;
  const int64_t number = has_row ? sqlite3_column_int64(asked, 0) : 0;
  sqlite3_finalize(asked);
  if (!has_row) return std::unexpected(Fault(database));
  return number;
}

Result<void> Run(sqlite3* database, const std::string& script) {
  if (sqlite3_exec(database, script.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  Error fault = Fault(database);
  if (sqlite3_get_autocommit(database) == 0)
    sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
  return std::unexpected(std::move(fault));
}

}  // namespace

std::span<const std::string_view> SchemaSteps() { return kSteps; }

Result<void> Upgrade(sqlite3* database, const std::string& path,
                     std::span<const std::string_view> steps) {
  TRY_ASSIGN(const int64_t application, AskNumber(database, "PRAGMA application_id"));
  TRY_ASSIGN(const int64_t tables, AskNumber(database, "SELECT count(*) FROM sqlite_schema"));
  TRY_ASSIGN(const int64_t version, AskNumber(database, "PRAGMA user_version"));
  if (application != kApplicationId && (tables != 0 || application != 0))
    return Fail(ErrorCode::kCorrupt, path + " is a database, but not Vitrine's catalog");
  const auto known = static_cast<int64_t>(steps.size());
  if (version > known) {
    return Fail(ErrorCode::kConflict, path + " has schema version " + std::to_string(version) +
                                          ", and this program knows " + std::to_string(known) +
                                          "; use the vitrine that wrote it, or a newer one");
  }
  for (int64_t next = version; next < known; ++next) {
    TRY(Run(database, "BEGIN IMMEDIATE; PRAGMA application_id = " + std::to_string(kApplicationId) +
                          "; PRAGMA user_version = " + std::to_string(next + 1) + ";" +
                          std::string(steps[static_cast<size_t>(next)]) + "COMMIT"));
  }
  return {};
}

}  // namespace vitrine::catalog
