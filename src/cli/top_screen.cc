#include "cli/top_screen.h"

#include <algorithm>

#include "cli/output.h"

namespace vitrine::cli {

namespace {

// A table is at least its head and this many rows, where the screen has them.
constexpr size_t kTableRowsMin = 3;
// Two tables stand side by side from this width on.
constexpr size_t kSideBySideColumns = 150;
constexpr size_t kNameWidthMax = 32;

using Lines = std::vector<std::string>;

std::string Bold(const std::string& text, bool color) {
  return color ? "\033[1m" + text + "\033[0m" : text;
}

size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The first `width` characters.
std::string Cut(const std::string& text, size_t width) {
  size_t end = 0, characters = 0;
  while (end < text.size()) {
    if ((text[end] & 0xC0) != 0x80 && characters++ == width) break;
    ++end;
  }
  return text.substr(0, end);
}

/// A title and at most `rows` rows, each `width` characters at most.
Lines TableLines(const TopTable& table, size_t rows, size_t width, bool color) {
  std::vector<size_t> widths;
  const size_t count = std::min(table.rows.size(), rows + 1);
  // The title stands where the head has no name: over the first column.
  const auto cell_of = [&](size_t row, size_t column) -> const std::string& {
    return row == 0 && column == 0 ? table.title : table.rows[row][column];
  };
  for (size_t r = 0; r < count; ++r) {
    widths.resize(std::max(widths.size(), table.rows[r].size()));
    for (size_t c = 0; c < table.rows[r].size(); ++c) {
      const size_t most = c == 0 ? kNameWidthMax : width;
      widths[c] = std::max(widths[c], std::min(most, Width(cell_of(r, c))));
    }
  }
  Lines lines;
  for (size_t r = 0; r < count; ++r) {
    std::string line;
    for (size_t c = 0; c < table.rows[r].size(); ++c) {
      const std::string cell = Cut(cell_of(r, c), widths[c]);
      const std::string blanks(widths[c] - Width(cell), ' ');
      line += c == 0 ? cell + blanks : "  " + blanks + cell;
    }
    line = Cut(line, width);
    lines.push_back(r == 0 ? Bold(line, color) : line);
  }
  if (count <= 1) lines.push_back(Cut("  nothing yet", width));
  return lines;
}

Lines Beside(const Lines& left, const Lines& right, size_t width) {
  Lines lines;
  for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    std::string line = i < left.size() ? left[i] : "";
    // The head's colours take no room on the screen.
    const size_t hidden = line.starts_with('\033') ? std::string("\033[1m\033[0m").size() : 0;
    line = Padded(std::move(line), width + hidden);
    lines.push_back(line + (i < right.size() ? right[i] : ""));
  }
  return lines;
}

Lines HeadLines(const TopState& state, size_t columns) {
  Lines lines;
  std::string first = "vitrine top  " + state.where + "  last " + state.window + ", by " +
                      state.order + (state.is_paused ? "  PAUSED" : "");
  const std::string keys = "p pause  w window  s order  q quit  " + state.clock;
  if (Width(first) + 2 + Width(keys) <= columns)
    first = Padded(std::move(first), columns - Width(keys)) + keys;
  lines.push_back(Bold(Cut(first, columns), state.color));
  std::string numbers;
  for (const auto& [name, value] : state.numbers)
    numbers += (numbers.empty() ? "" : "   ") + name + " " + value;
  lines.push_back(Cut(numbers, columns));
  if (!state.calls_over_time.empty())
    lines.push_back(Cut("calls " + state.calls_over_time, columns));
  if (!state.problem.empty()) {
    const std::string problem = Cut(state.problem, columns);
    lines.push_back(state.color ? "\033[31m" + problem + "\033[0m" : problem);
  }
  lines.emplace_back();
  return lines;
}

}  // namespace

Lines TopScreen(const TopState& state, TerminalSize size) {
  Lines lines = HeadLines(state, size.columns);
  const size_t left = size.rows > lines.size() ? size.rows - lines.size() : 0;
  const bool is_wide = size.columns >= kSideBySideColumns;
  // A third for the newest calls, the rest for the tables.
  const size_t for_tables = left * 2 / 3;
  const size_t each = is_wide ? for_tables : for_tables / 2;
  const size_t rows = std::max(kTableRowsMin, each > 2 ? each - 2 : 0);
  const size_t width = is_wide ? size.columns / 2 - 2 : size.columns;
  const Lines models = TableLines(state.models, rows, width, state.color);
  const Lines features = TableLines(state.features, rows, width, state.color);
  if (is_wide) {
    const Lines both = Beside(models, features, width + 4);
    lines.insert(lines.end(), both.begin(), both.end());
  } else {
    lines.insert(lines.end(), models.begin(), models.end());
    lines.emplace_back();
    lines.insert(lines.end(), features.begin(), features.end());
  }
  if (lines.size() + 2 < size.rows) {
    lines.emplace_back();
    lines.push_back(Bold(Cut("newest calls", size.columns), state.color));
    const size_t room = size.rows - lines.size();
    const size_t first = state.newest.size() > room ? state.newest.size() - room : 0;
    lines.insert(lines.end(), state.newest.begin() + static_cast<ptrdiff_t>(first),
                 state.newest.end());
  }
  if (lines.size() > size.rows) lines.resize(size.rows);
  return lines;
}

}  // namespace vitrine::cli
