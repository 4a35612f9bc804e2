#pragma once

#include <cstdint>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The latest steps of the model, and the bound on a contribution's change in the rules of LAG and
/// LASG:
///   c / (gamma^2 w^2 M^2 D) sum_{j=1..min(t, D)} ||theta^{t+1-j} - theta^{t-j}||^2
/// where the server subtracts gamma w sum_m g_m: w = 1 for a sum, 1/M for a mean.
class Movement {
 public:
  struct Config {
    double scale = 1;           ///< c
    int window = 10;            ///< D
    double total_weight = 1.0;  ///< w M
  };
  explicit Movement(const Config& config) : config_(config) {}

  /// Called once for each t, in order.
  void observe(const ModelVersion& theta);
  /// The bound at the last observed model.
  [[nodiscard]] double threshold(double gamma) const;

  [[nodiscard]] Bytes state_bytes() const {
    return {static_cast<std::int64_t>(squared_steps_.size() * sizeof(double))};
  }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(squared_steps_);
  }

 private:
  Config config_;
  std::vector<double> squared_steps_;  ///< ||theta^{t+1-j} - theta^{t-j}||^2, newest first
};

inline constexpr WholeParameter window_parameter{
    .key = "window",
    .help = "number of latest steps of theta in the threshold",
    .range = {1, 1'000'000, "iterations"},
    .default_value = 10};

/// The parameters window and threshold_scale of a configuration whose reduction is set.
[[nodiscard]] Movement::Config movement_config(const AlgorithmConfig& config, int workers);

}  // namespace gradwire::algorithms
