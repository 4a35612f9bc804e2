#pragma once

#include <optional>

#include "sim/core/units.hpp"

namespace gradwire::actors {

/// Object "compute.stragglers": now and then a worker is slow.
struct StragglerConfig {
  double probability = 0.01;  ///< of a worker in an iteration
  double slowdown = 10;       ///< its computation takes so many times as long
  friend bool operator==(const StragglerConfig&, const StragglerConfig&) = default;
};

/// Object "compute": what a gradient costs in simulated time.
struct ComputeConfig {
  Seconds seconds_per_gradient{0.0125};  ///< of one minibatch, on a host of the speed below
  FlopsPerSecond reference_speed{1e9};
  /// What the server takes to handle an iteration's uploads, once all have come, on a host of that
  /// speed: whatever was sent, and for each upload.
  Seconds server_seconds_per_iteration{0};
  Seconds server_seconds_per_upload{0};
  /// What compressing and adding up cost on a host of that speed; measured with our own kernels
  /// (D29). At a worker, for each upload of a method that selects: of each entry of the model, and
  /// of each value that it sends.
  Seconds selection_seconds_per_entry{1e-9};
  Seconds encoding_seconds_per_value{1.3e-8};
  /// At the server, once all uploads have come: of each selected value, and of each value of a
  /// dense upload.
  Seconds decoding_seconds_per_value{2e-8};
  Seconds adding_seconds_per_value{4e-10};
  std::optional<double> spread;  ///< sigma of each worker's log-normal factor, drawn once; mean 1
  std::optional<double> jitter;  ///< likewise, drawn for each worker and iteration
  std::optional<StragglerConfig> stragglers;
  friend bool operator==(const ComputeConfig&, const ComputeConfig&) = default;
};

}  // namespace gradwire::actors
