// What `vitrine top` shows, made from what is known: lines for a screen of any size.
// Owner: values. Threads: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace vitrine::cli {

/// Cells of a row are texts for people already.
struct TopTable {
  std::string title;
  std::vector<std::vector<std::string>> rows;  ///< The first is the head.
};

struct TopState {
  std::string where;    ///< Server and project.
  std::string window;   ///< "5 min".
  std::string order;    ///< What the tables are ordered by.
  std::string clock;    ///< When it was asked.
  std::string problem;  ///< Why numbers are old; empty when they are not.
  bool is_paused = false, color = false;
  std::vector<std::pair<std::string, std::string>> numbers;  ///< "calls/s", "3.2".
  std::string calls_over_time;                               ///< A sparkline.
  TopTable models, features;
  std::vector<std::string> newest;  ///< Calls, the newest last; may hold colours.
};

std::vector<std::string> TopScreen(const TopState& state, TerminalSize size);

}  // namespace vitrine::cli
