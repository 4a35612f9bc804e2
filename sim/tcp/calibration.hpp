#pragma once

#include <functional>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/tcp/fit.hpp"
#include "sim/tcp/party.hpp"

namespace gradwire::tcp {

/// How a calibration goes about it.
struct CalibrationPlan {
  Bytes largest{64'000'000};
  Seconds longest{10};     ///< messages that would take longer are left out
  Seconds time_a_size{1};  ///< spent on repeating one size, about
  int fewest_repeats = 3;
  int most_repeats = 50;
};

/// What was measured between this host (the server) and a worker's. All times include that somebody
/// asks: of an upload from the server's "go" to its last byte here; of a download from its first
/// byte until the worker's one byte says that it is there.
struct Calibration {
  Seconds round_trip;               ///< of the smallest messages, median
  std::vector<SizeTimes> uplink;    ///< worker to server, ascending in size
  std::vector<SizeTimes> downlink;  ///< server to worker
  std::vector<Bytes> left_out;      ///< too long for this line
};

/// Sizes from 1 byte to `largest`, three a decade where messages take time.
[[nodiscard]] std::vector<Bytes> calibration_sizes(Bytes largest);

/// Measures with the only worker of `party`. `progress` is told of each size before it begins.
[[nodiscard]] Calibration calibrate(Party& party, const CalibrationPlan& plan,
                                    const std::function<void(Bytes)>& progress);

}  // namespace gradwire::tcp
