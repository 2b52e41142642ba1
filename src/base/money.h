// Money in nano US dollars, exactly. Never a floating-point number.
// Source: DESIGN "cost_usd is Decimal(18,9)".
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
  Money operator+(Money other) const { return {nano_usd + other.nano_usd}; }
  Money operator-(Money other) const { return {nano_usd - other.nano_usd}; }
  Money& operator+=(Money other) {
    nano_usd += other.nano_usd;
    return *this;
  }

  /// Decimal dollars without trailing zeros: "0.0042", "-1.5", "0".
  std::string ToString() const;
  /// Reads decimal dollars, with exponent ("1.5e-05") or without; rounds half to even at the
  /// ninth place. Nothing on malformed text or overflow.
  static std::optional<Money> Parse(std::string_view text);
};

/// The sum; where that is beyond what Money can hold, the most or the least it can. For sums of
/// what others name.
Money SaturatingAdd(Money left, Money right);

}  // namespace vitrine
