#include "cli/output.h"

#include <algorithm>
#include <cstdio>

namespace vitrine::cli {

namespace {

// A cell longer than this makes a table unreadable; --json prints everything.
constexpr size_t kCellBytesMax = 60;

bool IsContinuation(char c) { return (c & 0xC0) == 0x80; }

size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return !IsContinuation(c); }));
}

}  // namespace

void PrintCaret(std::string_view text, size_t from, size_t to) {
  if (from > text.size() || to < from) return;
  const size_t before = from == 0 ? std::string_view::npos : text.rfind('\n', from - 1);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const size_t end = std::min(text.find('\n', from), text.size());
  const auto characters = [&](size_t first, size_t last) {
    return static_cast<size_t>(std::ranges::count_if(text.substr(first, last - first),
                                                     [](char c) { return (c & 0xC0) != 0x80; }));
  };
  const size_t carets = std::max<size_t>(1, characters(from, std::min(to, std::max(from, end))));
  std::fprintf(stderr, "  %s\n  %s%s\n", Printable(text.substr(begin, end - begin)).c_str(),
               std::string(characters(begin, from), ' ').c_str(), std::string(carets, '^').c_str());
}

std::string Printable(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters as well; in UTF-8 they begin with C2.
    const bool second_set = byte == 0xC2 && i + 1 < text.size() &&
                            static_cast<unsigned char>(text[i + 1]) < 0xA0 &&
                            IsContinuation(text[i + 1]);
    if (second_set) ++i;
    printable += second_set || byte < 0x20 || byte == 0x7F ? ' ' : text[i];
  }
  return printable;
}

std::string Cell(syntax::JsonValue value) {
  std::string text = Printable(value.is_string()    ? value.text()
                               : value.is_nothing() ? std::string_view("—")
                                                    : value.raw());
  if (text.size() > kCellBytesMax) {
    size_t end = kCellBytesMax - 1;
    while (end > 0 && IsContinuation(text[end])) --end;
    text = text.substr(0, end) + "…";
  }
  return text;
}

std::string Duration(syntax::JsonValue ns) {
  const auto value = ns.ToInt();
  if (!value) return "—";
  const double ms = static_cast<double>(*value) / 1e6;
  char text[32];
  std::snprintf(text, sizeof text, ms < 1000 ? "%.0f ms" : "%.2f s", ms < 1000 ? ms : ms / 1000);
  return text;
}

std::string Dollars(syntax::JsonValue decimal) {
  if (decimal.is_nothing()) return "—";
  std::string text = Printable(decimal.is_string() ? decimal.text() : decimal.raw());
  const bool negative = text.starts_with('-');
  return negative ? "-$" + text.substr(1) : "$" + text;
}

std::string Padded(std::string text, size_t width) {
  const size_t taken = Width(text);
  if (taken < width) text.append(width - taken, ' ');
  return text;
}

void PrintTable(const std::vector<std::vector<std::string>>& rows) {
  PrintTable(rows, static_cast<size_t>(-1));
}

void PrintTable(const std::vector<std::vector<std::string>>& rows, size_t first_number) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t padding = widths[i] - Width(row[i]);
      if (i >= first_number) line.append(padding, ' ');
      line += row[i];
      if (i + 1 == row.size()) break;
      line.append((i >= first_number ? 0 : padding) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

}  // namespace vitrine::cli
