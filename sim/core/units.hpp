#pragma once

#include <compare>
#include <cstdint>

namespace gradwire {

/// A number with a unit. No implicit conversions; `.value` is used only at the boundaries to
/// SimGrid, LibTorch and files.
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
/// Bandwidth of a link.
using BytesPerSecond = Quantity<struct BytesPerSecondUnit, double>;
/// Speed of a host.
using FlopsPerSecond = Quantity<struct FlopsPerSecondUnit, double>;
using Joules = Quantity<struct JoulesUnit, double>;

/// The bytes needed for `bits`, rounded up, since SimGrid transfers whole bytes.
[[nodiscard]] constexpr Bytes bytes_for(Bits bits) { return {(bits.value + 7) / 8}; }

}  // namespace gradwire
