#pragma once

#include <optional>

#include "sim/core/units.hpp"

namespace gradwire::cost {

/// Object "compute.stragglers": workers that are occasionally slow.
struct StragglerConfig {
  double probability = 0.01;  ///< per worker and iteration
  double slowdown = 10;       ///< factor on the duration of its computation
  friend bool operator==(const StragglerConfig&, const StragglerConfig&) = default;
};

/// Object "compute": simulated time of computations.
struct ComputeConfig {
  Seconds seconds_per_gradient{0.0125};  ///< of one minibatch, on a host of reference_speed
  FlopsPerSecond reference_speed{1e9};
  /// The server's time to handle the uploads of an iteration, after all have arrived, on a host of
  /// reference_speed: a constant, and per upload.
  Seconds server_seconds_per_iteration{0};
  Seconds server_seconds_per_upload{0};
  /// Cost of compression and summation on a host of reference_speed, measured with gradwire's own
  /// kernels (D29). Unset: that of the method's compressor. On a worker, per compressed upload: per
  /// entry of the model, and per value sent.
  std::optional<Seconds> selection_seconds_per_entry;
  std::optional<Seconds> encoding_seconds_per_value;
  /// On the server, after all uploads have arrived: per value of a compressed upload, and per value
  /// of another.
  std::optional<Seconds> decoding_seconds_per_value;
  std::optional<Seconds> adding_seconds_per_value;
  /// On a worker, per local step and entry of the model: the arithmetic besides the gradient (D50).
  std::optional<Seconds> local_step_seconds_per_entry;
  std::optional<double> spread;  ///< sigma of each worker's log-normal factor, drawn once; mean 1
  std::optional<double> jitter;  ///< the same, drawn per worker and iteration
  std::optional<StragglerConfig> stragglers;
  friend bool operator==(const ComputeConfig&, const ComputeConfig&) = default;
};

}  // namespace gradwire::cost
