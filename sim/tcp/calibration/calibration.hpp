#pragma once

#include <functional>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/tcp/calibration/fit.hpp"
#include "sim/tcp/worker_pool.hpp"

namespace gradwire::tcp {

/// Parameters of a calibration.
struct CalibrationPlan {
  Bytes largest{64'000'000};
  Seconds longest{10};     ///< messages expected to take longer are left out
  Seconds time_a_size{1};  ///< approximate time for the repetitions of one size
  int fewest_repeats = 3;
  int most_repeats = 50;
};

/// Measurements between this host (the server) and a worker's. All times include the request: an
/// upload is timed from the server's "go" to the arrival of the last byte; a download from its
/// first byte until the worker's one-byte answer has arrived.
struct Calibration {
  Seconds round_trip;               ///< of pings, median
  std::vector<SizeTimes> uplink;    ///< worker to server, ascending in size
  std::vector<SizeTimes> downlink;  ///< server to worker
  std::vector<Bytes> left_out;      ///< sizes that would take too long
};

/// Sizes from 1 byte to `largest`, two per decade from 1000 bytes on.
[[nodiscard]] std::vector<Bytes> calibration_sizes(Bytes largest);

/// Measures with the only worker of `worker_pool`. Calls `progress` with each size before its
/// measurement.
[[nodiscard]] Calibration calibrate(WorkerPool& worker_pool, const CalibrationPlan& plan,
                                    const std::function<void(Bytes)>& progress);

}  // namespace gradwire::tcp
