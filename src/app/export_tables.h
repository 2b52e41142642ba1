// What the configuration file says of scheduled exports: [export.NAME]. Threads: free functions.
// Format and examples: docs/interop.md.
#pragma once

#include <vector>

#include "base/result.h"
#include "services/exports/export_setting.h"
#include "syntax/json/json_document.h"

namespace vitrine::app {

/// Reads the table `export`. Keys of a storage may be "env:NAME" or "file:PATH".
/// Errors: kInvalidInput naming the table, the key and what may stand there.
Result<void> TakeExportTables(syntax::JsonValue value,
                              std::vector<exports::ExportSetting>& settings);

}  // namespace vitrine::app
