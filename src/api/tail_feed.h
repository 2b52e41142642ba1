// Live tails as the API needs them of the server. Values only.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "model/span.h"
#include "model/tail.h"

namespace vitrine::api {

struct TailRequest {
  std::string project;
  /// Called with spans of the project while they are accepted; borrows nothing of the request.
  std::function<bool(const model::Span&, model::Capture)> matches;
};

/// A live tail that is open.
struct TailFeed {
  /// Waits for events, at most `wait`. From one thread at a time.
  std::function<model::TailTurn(std::chrono::milliseconds wait)> next;
  /// Ends it, and `next` at once. From any thread; harmless to repeat; must be called.
  std::function<void()> close;
};

}  // namespace vitrine::api
