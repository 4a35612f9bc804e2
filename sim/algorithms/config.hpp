#pragma once

#include <string>

namespace gradwire::algorithms {

/// Object "algorithm" of an experiment file. The defaults here are the only defaults.
struct AlgorithmConfig {
  std::string name = "sgd";              ///< sgd | sparse | lasg | sasg
  double density = 0.01;                 ///< k/d, in (0, 1]; top-k methods
  std::string selection = "per_tensor";  ///< per_tensor | whole_model; top-k methods
  int max_delay = 10;                    ///< D, iterations, >= 1; lazy methods
  double threshold_scale = 0.5;          ///< c, >= 0; lazy methods
  std::string variant = "notebook";      ///< notebook | paper; lazy methods (D4)
  std::string reduction = "sum";         ///< sum | mean, over workers, of their contributions
  friend bool operator==(const AlgorithmConfig&, const AlgorithmConfig&) = default;
};

/// Object "wire": the encoding of messages.
struct WireConfig {
  /// none (values only, the papers' convention) | int32 | int64 | tensor (ceil(log2 d_l) bits) |
  /// model (ceil(log2 d) bits) | bitmap (d_l bits per tensor) | golomb (gaps, near the entropy)
  std::string index = "int32";
  int header_bytes = 0;  ///< added to every message, both ways
  friend bool operator==(const WireConfig&, const WireConfig&) = default;
};

}  // namespace gradwire::algorithms
