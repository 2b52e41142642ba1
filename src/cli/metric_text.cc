#include "cli/metric_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "cli/output.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;

std::string Formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string Time(double ns) {
  const double ms = ns / 1e6;
  if (ms < 1) return Formatted("%.3g ms", ms);
  if (ms < 1'000) return Formatted("%.0f ms", ms);
  if (ms < 100'000) return Formatted("%.2f s", ms / 1'000);
  return Formatted("%.1f min", ms / 60'000);
}

/// Whole numbers as they are, others with four digits that mean something.
std::string Number(JsonValue value, double number) {
  if (value.AsInt()) return std::string(value.raw());
  if (std::abs(number) >= 1'000) return Formatted("%.0f", number);
  return Formatted("%.4g", number);
}

}  // namespace

std::string MetricText(JsonValue value, std::string_view unit) {
  if (value.is_nothing()) return "—";
  if (unit == "usd") return Dollars(value);
  const auto number = value.ToDouble();
  if (!number) return Cell(value);
  if (unit == "ns") return Time(*number);
  if (unit == "ratio") return Formatted("%.2f%%", *number * 100);
  if (unit == "per_second") return Formatted("%.4g/s", *number);
  return Number(value, *number);
}

std::string ChangeText(JsonValue value, JsonValue before) {
  const auto now = value.ToDouble(), then = before.ToDouble();
  if (!now || !then || *then == 0) return "—";
  // As on the pages: thousands of percent say only that there was next to nothing before.
  const double factor = *now / *then;
  if (*then > 0 && factor >= 99.95) return ">100x";
  if (*then > 0 && factor >= 3) return Formatted("%.1fx", factor);
  return Formatted("%+.1f%%", (*now - *then) / std::abs(*then) * 100);
}

std::string Sparkline(const std::vector<double>& values) {
  constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double most = 0;
  for (const double value : values) most = std::isfinite(value) ? std::max(most, value) : most;
  std::string line;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      line += ' ';
      continue;
    }
    // Only nothing is drawn as nothing.
    const double share = most > 0 ? std::max(0.0, value) / most : 0;
    line += kBars[static_cast<size_t>(std::ceil(share * 7))];
  }
  return line;
}

std::string Sparkline(JsonValue series) {
  std::vector<double> values;
  for (const JsonValue value : series.Elements())
    values.push_back(value.ToDouble().value_or(std::numeric_limits<double>::quiet_NaN()));
  return Sparkline(values);
}

}  // namespace vitrine::cli
