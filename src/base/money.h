// Money in nano US dollars, exactly. Never a floating-point number. Sums of what others name stop
// at the most and the least that it holds, nine billion dollars. Source: DESIGN "cost_usd is
// Decimal(18,9)".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

struct Money {
  int64_t nano_usd = 0;

  auto operator<=>(const Money&) const = default;
  Money operator+(Money other) const {
    int64_t sum = 0;
    const bool is_beyond = __builtin_add_overflow(nano_usd, other.nano_usd, &sum);
    return {is_beyond ? Bound() : sum};
  }
  Money operator-(Money other) const {
    int64_t difference = 0;
    const bool is_beyond = __builtin_sub_overflow(nano_usd, other.nano_usd, &difference);
    return {is_beyond ? Bound() : difference};
  }
  Money& operator+=(Money other) { return *this = *this + other; }

  /// Decimal dollars without trailing zeros: "0.0042", "-1.5", "0".
  std::string ToString() const;
  /// Reads decimal dollars, with exponent ("1.5e-05") or without; rounds half to even at the
  /// ninth place. Nothing on malformed text or overflow.
  static std::optional<Money> Parse(std::string_view text);

 private:
  /// On the side of this: only what has its sign leads beyond it.
  int64_t Bound() const { return nano_usd < 0 ? INT64_MIN : INT64_MAX; }
};

}  // namespace vitrine
