// Schema: the tables and public views in the engine's database `vitrine`, and how to bring a
// database up to date. Owner: settle writes the `_rows` tables, query reads the views. Names of
// views and their columns are a contract (DESIGN 4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::storage {

/// Raised with every change of a table; the number a database was made with is kept in
/// vitrine.schema_versions.
inline constexpr uint32_t kSchemaVersion = 3;

/// Statements that create the database and every table; harmless to repeat.
std::vector<std::string> TableStatements();
/// Statements that make tables of an older version what TableStatements makes; harmless to repeat
/// after an end at any of them. Until version 2 span_rows had no column `rare`, but a column for
/// each field in it: say whether it has one now.
std::vector<std::string> UpgradeStatements(bool spans_have_rare);
/// Statements that create or replace every public view.
std::vector<std::string> ViewStatements();
/// The public views, for SQL users and the schema tree.
const std::vector<std::string>& PublicViews();
/// Every physical table that has a `project` column, for confining a query to one project.
const std::vector<std::string>& ProjectTables();

}  // namespace vitrine::storage
