// The engine's tables as this program knows them: made, or brought up to date. Threads: one at a
// time, before anything is settled.
#pragma once

#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::settle {

/// Makes what is missing, upgrades what is older, replaces the public views, and notes the version.
/// To be repeated from its start where it was cut off. Errors: kUnsupported: a newer program made
/// the tables; kUnavailable: to be tried again, as while older rows are being rewritten; the
/// client's.
Result<void> BringUpToDate(clickhouse::Client& client);

}  // namespace vitrine::settle
