// AskNumber: one number from the engine. Threads: as the client's.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::settle {

/// The first number of the answer. Errors: the client's; kCorrupt: the answer is no number.
Result<uint64_t> AskNumber(clickhouse::Client& client, const std::string& sql);

}  // namespace vitrine::settle
