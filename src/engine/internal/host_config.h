// The configuration files that libchdb is started with.
// They are written anew at every start, below <path>/vitrine_config; nobody edits them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vitrine::engine {

struct HostOptions {
  std::string path;  ///< Absolute folder of the engine's data.
  uint64_t memory_bytes = 0;
  unsigned threads = 0;  ///< Of one statement.
};

/// Every database whose name begins with this may be used; nothing else can be written.
inline constexpr std::string_view kDatabasePrefix = "vitrine";

/// The text of the server's and of the user's configuration.
std::string ServerConfig(const HostOptions& options, const std::string& users_path);
std::string UsersConfig(const HostOptions& options);

/// Writes both. Returns the path of the server's. Errors: kIo.
Result<std::string> WriteConfig(const HostOptions& options);

}  // namespace vitrine::engine
