// Every limit of the catalog, with its reason.
#pragma once

namespace vitrine::catalog {

/// How long a statement waits for another program that has the file open: a backup's copy of some
/// megabytes is over by then, and a page that waits longer looks broken.
inline constexpr int kBusyWaitMsMax = 2'000;

}  // namespace vitrine::catalog
