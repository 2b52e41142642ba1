// DataFolder: the layout of a server's data folder, and the secrets it keeps there.
//   log/  durable log     engine/  ClickHouse tables     quarantine/  refused rows     content.key
//   secret of content hashes
#pragma once

#include <string>

#include "base/result.h"

namespace vitrine::app {

struct DataFolder {
  std::string root;  ///< Absolute.
  std::string log, engine, quarantine;
  std::string socket;       ///< Of the engine; short enough for a Unix address.
  std::string content_key;  ///< 32 random bytes, made with the folder.
};

/// Opens the folder, making what is missing. Errors: kIo.
Result<DataFolder> OpenDataFolder(const std::string& path);

}  // namespace vitrine::app
