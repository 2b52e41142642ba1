// Live tail: what its readers get, and what is counted about it. Values only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vitrine::model {

/// One span that was accepted.
struct TailEvent {
  uint64_t id = 0;  ///< Counts what this reader was meant to get, from 1; dropped ones are missing.
  std::shared_ptr<const std::string> json;
};

/// What a reader takes at once.
struct TailTurn {
  std::vector<TailEvent> events;  ///< Oldest first; empty when nothing came in time.
  uint64_t dropped = 0;           ///< Events this reader never gets, since it began.
  bool is_over = false;           ///< The reader or the server was stopped; nothing follows.
};

struct TailStatus {
  uint64_t readers = 0;  ///< Now.
  uint64_t readers_opened = 0, readers_refused = 0;
  uint64_t events_published = 0;  ///< For a reader each; those dropped included.
  uint64_t events_dropped = 0;
};

}  // namespace vitrine::model
