#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/actors/config.hpp"
#include "sim/actors/protocol_config.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/learn/config.hpp"
#include "sim/network/config.hpp"

namespace gradwire::experiment {

/// One entry of "learning_rate.steps".
struct LearningRateStep {
  double epoch = 1;     ///< epochs done when gamma changes
  double factor = 0.1;  ///< what it is multiplied by, once
  friend bool operator==(const LearningRateStep&, const LearningRateStep&) = default;
};

/// Object "learning_rate".
struct LearningRateConfig {
  double initial = 0.005;               ///< gamma until the first step
  std::vector<LearningRateStep> steps;  ///< ascending in `epoch`
  double threshold_lag = 0;  ///< epochs by which gamma in the lazy rule's threshold follows
  friend bool operator==(const LearningRateConfig&, const LearningRateConfig&) = default;
};

/// Object "baseline": the goal whose cost is reported.
struct BaselineConfig {
  /// test_accuracy | test_top5_accuracy | train_accuracy
  std::string metric = "test_accuracy";
  double above = 0.98;  ///< reached when the metric is strictly larger
  bool stop = false;    ///< end the run there
  friend bool operator==(const BaselineConfig&, const BaselineConfig&) = default;
};

/// One fully resolved run: plain data. The same scenario gives the same bytes of metrics.csv.
struct Scenario {
  int workers = 10;  ///< M
  std::uint64_t seed = 1;
  std::string draws = "named";  ///< named | pytorch: which random numbers the seed stands for
  learn::DatasetConfig dataset;
  learn::ModelConfig model;
  int batch_size = 10;  ///< samples a worker an iteration
  double epochs = 1;
  std::optional<std::int64_t> max_iterations;  ///< end there, whatever `epochs` says
  LearningRateConfig learning_rate;
  std::int64_t evaluate_every = 100;  ///< iterations; the end of an epoch is evaluated too
  bool top5 = false;                  ///< the test set's top-5 accuracy as well
  std::string device = "cpu";         ///< cpu | cuda: where gradients are computed
  std::optional<BaselineConfig> baseline;
  algorithms::AlgorithmConfig algorithm;
  network::PlatformConfig platform;
  network::NetworkConfig network;
  std::optional<network::EnergyConfig> energy;
  actors::ProtocolConfig protocol;
  algorithms::WireConfig wire;
  actors::ComputeConfig compute;
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

}  // namespace gradwire::experiment
