// Fault: what SQLite said went wrong, as an Error. Private to catalog.
#pragma once

#include "base/result.h"

struct sqlite3;

namespace vitrine::catalog {

/// The failure of the last call on this connection.
Error Fault(sqlite3* database);

}  // namespace vitrine::catalog
