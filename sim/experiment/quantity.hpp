#pragma once

#include <string>
#include <string_view>

#include "sim/experiment/setting.hpp"

namespace gradwire::experiment {

/// What parse_quantity() made of a text.
struct ParsedQuantity {
  double value = 0.0;        ///< in bytes a second, seconds, flops a second
  std::string problem = {};  ///< empty if all is well; else what to tell the user
};

/// "1Gbps", "50us", "2.5Gf" for Kind::bandwidth, time, speed. Correctly rounded: "50us" is the
/// double nearest to 50e-6.
[[nodiscard]] ParsedQuantity parse_quantity(Kind kind, std::string_view text);

/// With the largest unit that leaves a number of at least 1; parses back to the very same double.
/// Bandwidths in bits a second. `value` is finite and not negative.
[[nodiscard]] std::string format_quantity(Kind kind, double value);

/// The units of `kind`, as a regular expression's alternatives: "bps|kbps|...".
[[nodiscard]] std::string unit_pattern(Kind kind);

}  // namespace gradwire::experiment
