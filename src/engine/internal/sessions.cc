#include "engine/internal/sessions.h"

#include <chrono>

#include "engine/limits.h"

namespace vitrine::engine {
namespace {

int64_t MonotonicNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

}  // namespace

std::expected<std::unique_ptr<Connection>, Refusal> Sessions::Take(const QueryRequest& request) {
  using Refused = std::unexpected<Refusal>;
  Expire();
  const std::lock_guard lock(mutex_);
  auto at = sessions_.find(request.session_id);
  if (at == sessions_.end()) {
    if (request.session_check)
      return Refused({372, "SESSION_NOT_FOUND", "Session " + request.session_id + " not found"});
    if (sessions_.size() >= kSessionsMax)
      return Refused({202, "TOO_MANY_SIMULTANEOUS_QUERIES", "Too many sessions"});
    at = sessions_.try_emplace(request.session_id).first;
  }
  if (at->second.busy)
    return Refused({373, "SESSION_IS_LOCKED",
                    "Session " + request.session_id + " is locked by a concurrent client"});
  at->second.busy = true;
  return std::move(at->second.connection);
}

void Sessions::Return(const QueryRequest& request, std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (!connection || request.close_session) {
    sessions_.erase(request.session_id);
    return;
  }
  Session& session = sessions_[request.session_id];
  session.connection = std::move(connection);
  session.busy = false;
  session.ends_ns = MonotonicNs() + request.session_timeout_s * 1'000'000'000;
}

void Sessions::Expire() {
  const int64_t now_ns = MonotonicNs();
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& entry) {
    return !entry.second.busy && entry.second.ends_ns < now_ns;
  });
}

void Sessions::CloseAll() {
  const std::lock_guard lock(mutex_);
  sessions_.clear();
}

}  // namespace vitrine::engine
