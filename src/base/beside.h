// RunBeside: one call on a thread of its own, for work of milliseconds that need not wait for the
// caller's. Owner: what `call` refers to must live until the future is asked or gone, which waits.
#pragma once

#include <future>
#include <system_error>
#include <utility>

namespace vitrine {

/// Where the system gives no thread, `call` runs when its result is asked for.
template <typename Call>
auto RunBeside(Call call) {
  try {
    return std::async(std::launch::async, call);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, std::move(call));
  }
}

}  // namespace vitrine
