// Pause: sleeping that a stop ends. Threads: free function.
#pragma once

#include <cstdint>
#include <stop_token>

namespace vitrine::services {

void Pause(int64_t ms, const std::stop_token& stop);

}  // namespace vitrine::services
