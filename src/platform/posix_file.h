// The machine's file system behind the seam of file.h. Linux.
#pragma once

#include "platform/file.h"

namespace vitrine::platform {

/// Lives for ever; thread-safe.
FileSystem& PosixFileSystem();

}  // namespace vitrine::platform
