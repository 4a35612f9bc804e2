#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "sim/core/record.hpp"
#include "sim/experiment/metrics.hpp"
#include "sim/experiment/scenario.hpp"
#include "sim/experiment/summary.hpp"

namespace gradwire::experiment {

/// How far a run is, for people.
struct Progress {
  std::int64_t iteration = 0;
  std::int64_t iterations = 0;  ///< planned
  std::int64_t rounds = 0;
  std::optional<double> test_accuracy;  ///< of the last evaluation
  bool ends = false;                    ///< no more will come: planned, reached or lost
};

/// Listens to a run: adds up, evaluates when it is time, notes when the baseline is reached, and
/// stops a run that is done or lost.
class Recorder {
 public:
  struct Hooks {
    std::function<Evaluation()> evaluate;           ///< of the server's current model
    std::function<bool()> model_is_finite;          ///< likewise
    std::function<void(const std::string&)> write;  ///< appends to metrics.csv
    std::function<void(const Progress&)> report;    ///< after each iteration
  };
  Recorder(const Scenario& scenario, std::int64_t iterations_per_epoch, Hooks hooks);

  /// False when the run is over.
  bool on_iteration(const IterationRecord& record);

  /// Counts, times, final, baseline and status; the rest is for the caller to fill in.
  [[nodiscard]] const Summary& summary() const { return summary_; }
  /// Iterations that the scenario asks for.
  [[nodiscard]] std::int64_t planned_iterations() const { return planned_; }

 private:
  [[nodiscard]] bool time_to_evaluate(std::int64_t iteration) const;
  [[nodiscard]] bool reaches_baseline(const MetricRow& row) const;
  MetricRow evaluated_row(const IterationRecord& record);
  void start_epoch_if_due(std::int64_t iteration);

  Scenario scenario_;
  std::int64_t iterations_per_epoch_;
  std::int64_t planned_;
  ExtraColumns extra_;
  Hooks hooks_;
  Summary summary_;
  BatchStatistics epoch_;  ///< minibatches of the current epoch so far
};

/// Iterations of a run: those of its epochs, or `max_iterations` where that is less.
[[nodiscard]] std::int64_t planned_iterations(const Scenario& scenario,
                                              std::int64_t iterations_per_epoch);

}  // namespace gradwire::experiment
