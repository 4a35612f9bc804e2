#pragma once

#include <optional>
#include <string>

#include "sim/core/units.hpp"
#include "sim/tcp/calibration/calibration.hpp"
#include "sim/tcp/calibration/fit.hpp"

namespace gradwire::commands {

/// The fitted lines of both directions. fit() throws SystemError where the measurements determine
/// no line.
struct FittedLines {
  tcp::Line uplink;
  tcp::Line downlink;
};
[[nodiscard]] FittedLines fit(const tcp::Calibration& calibration);

/// JSON members for the base of an experiment file with which SimGrid reproduces the fitted times:
/// platform, network_model, network_factors. Throws InputError if the fitted uplink rate is more
/// than 1.5 times `nominal`.
[[nodiscard]] std::string platform_block(const tcp::Calibration& calibration,
                                         const FittedLines& lines,
                                         std::optional<BytesPerSecond> nominal);

/// Tables for the terminal: the measurements, the residuals of the fit, and how far the fit can be
/// trusted.
[[nodiscard]] std::string calibration_text(const tcp::Calibration& calibration,
                                           const FittedLines& lines);

}  // namespace gradwire::commands
