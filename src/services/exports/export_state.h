// ExportState: which period an export comes to next. Owner: one export. Threads: none.
// Format: docs/formats/export_state.md.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "platform/file.h"

namespace vitrine::exports {

class ExportState {
 public:
  ExportState(std::string folder, const std::string& name, platform::FileSystem& file_system)
      : folder_(std::move(folder)), path_(folder_ + "/" + name), file_system_(file_system) {}

  /// The next period; nothing where there is none yet.
  /// Errors: kCorrupt (it does not read), kUnsupported (a newer version wrote it), kIo.
  Result<std::optional<Nanos>> Read() const;
  /// Durable when it returns; a crash in between leaves the old one.
  Result<void> Write(Nanos next_period) const;

 private:
  const std::string folder_, path_;
  platform::FileSystem& file_system_;
};

}  // namespace vitrine::exports
