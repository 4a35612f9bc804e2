#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/core/choice_names.hpp"
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

/// How gamma changes over the epochs.
enum class ScheduleKind { steps, cosine };

/// In the order of ScheduleKind.
inline constexpr Choice schedule_choices[] = {
    {"steps", "constant between the steps"},
    {"cosine",
     "falls to 0 at the end of `epochs`, along half a cosine (Loshchilov, Hutter, arXiv "
     "1608.03983, without restarts)"}};
static_assert(has_row_for_each(schedule_choices, ScheduleKind::cosine));

/// Object "learning_rate".
struct LearningRateConfig {
  double initial = 0.005;           ///< gamma until the first step, without `inverse_smoothness`
  bool inverse_smoothness = false;  ///< "1/L": gamma starts at factor / L (Problem::smoothness)
  double factor = 1;                ///< only with inverse_smoothness
  ScheduleKind schedule = ScheduleKind::steps;
  std::vector<LearningRateStep> steps;  ///< ascending in `epoch`
  double warm_up_epochs = 0;            ///< in which gamma rises linearly
  double threshold_lag = 0;             ///< delay of gamma in the lazy rule's threshold, in epochs
  friend bool operator==(const LearningRateConfig&, const LearningRateConfig&) = default;
};

enum class BaselineMetric { test_accuracy, test_top5_accuracy, train_accuracy, objective };

/// In the order of BaselineMetric.
inline constexpr Choice baseline_metric_choices[] = {
    {"test_accuracy", "on the test set"},
    {"test_top5_accuracy", "among the five most likely; needs top5"},
    {"train_accuracy", "mean over the epoch's minibatches so far"},
    {"objective", "the gap of F over all training data to its optimum"}};
static_assert(has_row_for_each(baseline_metric_choices, BaselineMetric::objective));

/// Of the objective F to its optimum F*.
enum class Gap { absolute, relative };

/// In the order of Gap.
inline constexpr Choice gap_choices[] = {{"absolute", "F - F*"},
                                         {"relative", "(F - F*) / (F at the start - F*)"}};
static_assert(has_row_for_each(gap_choices, Gap::relative));

/// Object "baseline": the target whose cost is reported.
struct BaselineConfig {
  BaselineMetric metric = BaselineMetric::test_accuracy;
  std::optional<double> above;  ///< accuracies, 0.98 by default: reached if strictly larger
  // objective
  std::optional<double> below;    ///< reached if the gap is strictly smaller
  std::optional<double> optimum;  ///< F*; none: 0
  Gap gap = Gap::absolute;
  bool stop = false;  ///< end the run when it is reached
  friend bool operator==(const BaselineConfig&, const BaselineConfig&) = default;
};

/// Random numbers that the seed selects.
enum class Draws { named, pytorch };

/// In the order of Draws.
inline constexpr Choice draws_choices[] = {
    {"named", "each from a stream of its own: partition, weights, one worker's batches"},
    {"pytorch", "those of the SASG authors' PyTorch programs: same weights, shards and batches"}};
static_assert(has_row_for_each(draws_choices, Draws::pytorch));

/// One fully resolved run: plain data. The same scenario gives a byte-identical metrics.csv.
struct Scenario {
  int workers = 10;  ///< M
  std::uint64_t seed = 1;
  Draws draws = Draws::named;
  learn::DatasetConfig dataset;
  learn::ModelConfig model;
  learn::LossConfig loss;
  learn::BatchSize batch_size;  ///< samples per worker and iteration
  double epochs = 1;
  std::optional<std::int64_t> max_iterations;  ///< upper limit, in addition to `epochs`
  LearningRateConfig learning_rate;
  std::int64_t evaluate_every = 100;  ///< iterations; also evaluates the end of an epoch
  bool top5 = false;                  ///< also evaluate top-5 accuracy on the test set
  learn::Device device = learn::Device::cpu;
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

/// Whether evaluations compute the objective over all training data: always for the model linear,
/// which is cheap; for other models computed by kernels if the batch is the whole shard or the
/// baseline needs it.
[[nodiscard]] bool evaluates_objective(const Scenario& scenario);

/// Whether the server selects or draws the workers that take part in each iteration.
[[nodiscard]] bool selects_workers(const Scenario& scenario);

}  // namespace gradwire::scenario
