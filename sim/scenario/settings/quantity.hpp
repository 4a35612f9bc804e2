#pragma once

#include <string>
#include <string_view>

#include "sim/scenario/settings/setting.hpp"

namespace gradwire::scenario {

/// Result of parse_quantity().
struct ParsedQuantity {
  double value = 0.0;        ///< in bytes per second, seconds, flops per second
  std::string problem = {};  ///< empty on success; else the error for the user
};

/// Parses "1Gbps", "50us", "2.5Gf" for Kind::bandwidth, time, speed. Correctly rounded: "50us" is
/// the double nearest to 50e-6.
[[nodiscard]] ParsedQuantity parse_quantity(Kind kind, std::string_view text);

/// Formats with the largest unit that leaves a number of at least 1; parses back to the identical
/// double. Bandwidths in bits per second. `value` is finite and not negative.
[[nodiscard]] std::string format_quantity(Kind kind, double value);

/// The units of `kind` as alternatives of a regular expression: "bps|kbps|...".
[[nodiscard]] std::string unit_pattern(Kind kind);

}  // namespace gradwire::scenario
