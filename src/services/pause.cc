#include "services/pause.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace vitrine::services {

void Pause(int64_t ms, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, std::chrono::milliseconds(ms), [] { return false; });
}

}  // namespace vitrine::services
