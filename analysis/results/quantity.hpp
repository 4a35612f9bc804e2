#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gradwire::analysis {

/// Parses a quantity in SimGrid's notation, in bits per second ("10Mbps", "1.25MBps", "1Gibps"),
/// seconds ("50us") or flops per second ("1Gf"). None if it is not one.
[[nodiscard]] std::optional<double> quantity_in(std::string_view text);

/// A value with an SI prefix and three significant digits: 1.5e7, "bps" -> "15 Mbps".
[[nodiscard]] std::string with_prefix(double value, std::string_view unit);

}  // namespace gradwire::analysis
