#pragma once

#include <optional>
#include <string>

#include "sim/core/units.hpp"
#include "sim/tcp/calibration.hpp"
#include "sim/tcp/fit.hpp"

namespace gradwire::commands {

/// The lines through both directions' measurements. Throws SystemError where they do not tell.
struct FittedLines {
  tcp::Line uplink;
  tcp::Line downlink;
};
[[nodiscard]] FittedLines fit(const tcp::Calibration& calibration);

/// Members for the base of an experiment file, as JSON, that make SimGrid take the fitted times:
/// platform, network_model, network_factors. Throws InputError where a message goes more than half
/// as fast again as `nominal` says.
[[nodiscard]] std::string platform_block(const tcp::Calibration& calibration,
                                         const FittedLines& lines,
                                         std::optional<BytesPerSecond> nominal);

/// Tables for people: what was measured, what the fit says of it, how far to trust it.
[[nodiscard]] std::string calibration_text(const tcp::Calibration& calibration,
                                           const FittedLines& lines);

}  // namespace gradwire::commands
