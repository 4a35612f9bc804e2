#pragma once

#include <compare>
#include <cstdint>

namespace gradwire {

/// A number with a unit. No implicit conversion in or out; `.value` appears only at the SimGrid,
/// LibTorch and file borders.
template <class Unit, class Rep>
struct Quantity {
  Rep value{};

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return {a.value + b.value}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return {a.value - b.value}; }
  friend constexpr Quantity operator*(Rep n, Quantity q) { return {n * q.value}; }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
};

using Bits = Quantity<struct BitsUnit, std::int64_t>;
using Bytes = Quantity<struct BytesUnit, std::int64_t>;
using Seconds = Quantity<struct SecondsUnit, double>;
using Flops = Quantity<struct FlopsUnit, double>;
/// Of a link.
using BytesPerSecond = Quantity<struct BytesPerSecondUnit, double>;
/// Of a host.
using FlopsPerSecond = Quantity<struct FlopsPerSecondUnit, double>;
using Joules = Quantity<struct JoulesUnit, double>;

/// Whole bytes that carry `bits`; SimGrid moves bytes only, so this rounds up.
[[nodiscard]] constexpr Bytes bytes_for(Bits bits) { return {(bits.value + 7) / 8}; }

}  // namespace gradwire
