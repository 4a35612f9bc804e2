#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/cost/config.hpp"
#include "sim/learn/config.hpp"
#include "sim/network/config.hpp"
#include "sim/protocols/config.hpp"

namespace gradwire::scenario {

/// One entry of "learning_rate.steps".
struct LearningRateStep {
  double epoch = 1;     ///< number of completed epochs at which gamma changes
  double factor = 0.1;  ///< factor on gamma, applied once
  friend bool operator==(const LearningRateStep&, const LearningRateStep&) = default;
};

/// Object "learning_rate".
struct LearningRateConfig {
  double initial = 0.005;               ///< gamma until the first step
  std::vector<LearningRateStep> steps;  ///< ascending in `epoch`
  double threshold_lag = 0;             ///< delay of gamma in the lazy rule's threshold, in epochs
  friend bool operator==(const LearningRateConfig&, const LearningRateConfig&) = default;
};

/// Object "baseline": the target whose cost is reported.
struct BaselineConfig {
  /// test_accuracy | test_top5_accuracy | train_accuracy
  std::string metric = "test_accuracy";
  double above = 0.98;  ///< reached if the metric is strictly larger
  bool stop = false;    ///< end the run when it is reached
  friend bool operator==(const BaselineConfig&, const BaselineConfig&) = default;
};

/// One fully resolved run: plain data. The same scenario gives a byte-identical metrics.csv.
struct Scenario {
  int workers = 10;  ///< M
  std::uint64_t seed = 1;
  std::string draws = "named";  ///< named | pytorch: random numbers that the seed selects
  learn::DatasetConfig dataset;
  learn::ModelConfig model;
  int batch_size = 10;  ///< samples per worker and iteration
  double epochs = 1;
  std::optional<std::int64_t> max_iterations;  ///< upper limit, in addition to `epochs`
  LearningRateConfig learning_rate;
  std::int64_t evaluate_every = 100;  ///< iterations; also evaluates the end of an epoch
  bool top5 = false;                  ///< also evaluate top-5 accuracy on the test set
  std::string device = "cpu";         ///< cpu | cuda: where gradients are computed
  std::optional<BaselineConfig> baseline;
  algorithms::AlgorithmConfig algorithm;
  network::PlatformConfig platform;
  network::NetworkConfig network;
  std::optional<network::EnergyConfig> energy;
  protocols::ProtocolConfig protocol;
  algorithms::WireConfig wire;
  cost::ComputeConfig compute;
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

}  // namespace gradwire::scenario
