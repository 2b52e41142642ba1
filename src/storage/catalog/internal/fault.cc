#include "storage/catalog/internal/fault.h"

#include <sqlite3.h>

#include <string>

namespace vitrine::catalog {
namespace {

ErrorCode CodeOf(int extended) {
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY)
    return ErrorCode::kConflict;
  switch (extended & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorCode::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: return ErrorCode::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::kCorrupt;
    default: return ErrorCode::kInternal;
  }
}

}  // namespace

Error Fault(sqlite3* database) {
  const int extended = sqlite3_extended_errcode(database);
  return {CodeOf(extended), std::string("the catalog: ") + sqlite3_errmsg(database), {}};
}

}  // namespace vitrine::catalog
