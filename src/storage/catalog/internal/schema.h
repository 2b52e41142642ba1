// Schema: the steps that make the catalog's tables, and the upgrade of a file to the last of them.
// Private to catalog. Threads: free functions. Format: docs/formats/catalog.md.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;

namespace vitrine::catalog {

/// A file of version N has had the first N steps. A step that was released never changes, for files
/// have had it; what comes later is a step of its own behind it.
std::span<const std::string_view> SchemaSteps();

/// Runs the steps that the file has not had, each with its version in one transaction.
/// Errors: kConflict (a newer program's file), kCorrupt (no catalog), Fault's.
Result<void> Upgrade(sqlite3* database, const std::string& path,
                     std::span<const std::string_view> steps);

}  // namespace vitrine::catalog
