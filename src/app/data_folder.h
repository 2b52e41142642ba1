// DataFolder: the layout of a server's data folder, and the secrets it keeps there.
//   format       number of this layout       lock         who uses the folder
//   log/         durable log                 engine/      ClickHouse tables
//   quarantine/  refused rows                content.key  secret of content hashes
//   counting     what the batch being settled decided about repeated calls
//   price_overrides.json  prices set over the API
//   catalog.sqlite  what people gave names to    master.key  seals providers' keys in it
// Owner: whoever holds it has the folder to itself.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace vitrine::app {

class FolderLock;

struct DataFolder {
  std::string root;  ///< Absolute.
  std::string log, engine, quarantine;
  std::string socket;                ///< Of the engine; short enough for a Unix address.
  std::string content_key;           ///< 32 random bytes, made with the folder.
  std::shared_ptr<FolderLock> lock;  ///< No other process opens the folder meanwhile.
};

/// Opens the folder, making what is missing.
/// Errors: kIo (not writable), kConflict (in use; of another format), kCorrupt (content.key).
Result<DataFolder> OpenDataFolder(const std::string& path);

}  // namespace vitrine::app
