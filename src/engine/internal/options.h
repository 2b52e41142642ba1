// The command line of vitrine-engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "engine/limits.h"

namespace vitrine::engine {

struct Options {
  std::string path;
  std::string socket;
  std::string library;
  std::optional<uint16_t> tcp_port;
  uint64_t memory_bytes = kMemoryBytesDefault;
  unsigned threads = 0;  ///< 0: as many as the machine has, at most 8.
  int parent_pid = 0;
  bool when_idle = false;  ///< Only processor time that nothing else wants.
  bool help = false;
};

extern const char* const kUsage;

/// Reads the command line. Errors: kInvalidInput, worded for the person who typed it.
Result<Options> ParseOptions(int argc, const char* const* argv);

}  // namespace vitrine::engine
