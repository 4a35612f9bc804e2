#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gradwire::analysis {

/// A quantity as SimGrid writes it, in bits a second ("10Mbps", "1.25MBps", "1Gibps"), seconds
/// ("50us") or flops a second ("1Gf"). None if it is not one.
[[nodiscard]] std::optional<double> quantity_in(std::string_view text);

/// 1.5e7, "bps" -> "15 Mbps"; three digits.
[[nodiscard]] std::string with_prefix(double value, std::string_view unit);

}  // namespace gradwire::analysis
