// Terminal: the screen of somebody who watches: keys without Enter, a screen of its own that is
// gone afterwards. Owner: one command; the terminal is as before when it is destroyed, also after
// SIGTERM, SIGHUP or SIGINT, which end it. Threads: one at a time; one Terminal at a time.
#pragma once

#include <termios.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace vitrine::cli {

struct TerminalSize {
  size_t rows = 24, columns = 80;
  bool operator==(const TerminalSize&) const = default;
};

class Terminal {
 public:
  /// Errors: kUnsupported (stdin or stdout is no terminal, or one that cannot be written over).
  static Result<termios> Check();
  /// Takes the screen. Errors: as Check.
  static Result<std::unique_ptr<Terminal>> Open();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  TerminalSize size() const;
  /// Waits for a key, at most `wait`. Escape sequences (arrows and the like) are no keys.
  std::optional<char> Key(std::chrono::milliseconds wait) const;
  /// A signal asked to end, or the terminal is gone.
  bool is_over() const;
  /// Writes the lines from the top left on; what does not fit is left out. Lines may hold colours.
  void Draw(const std::vector<std::string>& lines) const;

 private:
  explicit Terminal(const termios& before) : before_(before) {}
  const termios before_;
};

}  // namespace vitrine::cli
