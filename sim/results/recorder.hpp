#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "sim/core/iteration_record.hpp"
#include "sim/results/metrics.hpp"
#include "sim/results/summary.hpp"
#include "sim/scenario/epoch_clock.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::results {

/// Progress of a run, for display.
struct Progress {
  std::int64_t iteration = 0;
  std::int64_t iterations = 0;  ///< planned
  std::int64_t rounds = 0;
  std::optional<double> test_accuracy;  ///< of the last evaluation
  bool ends = false;                    ///< the run ends: complete, baseline reached, or diverged
};

/// Records a run: accumulates counts and times, evaluates the model when due, detects the baseline,
/// and ends a run that is complete, has reached a baseline that stops it, or has diverged.
class Recorder {
 public:
  struct Hooks {
    std::function<Evaluation()> evaluate;           ///< evaluates the server's current model
    std::function<bool()> model_is_finite;          ///< of the server's current model
    std::function<void(const std::string&)> write;  ///< appends to metrics.csv
    std::function<void(const Progress&)> report;    ///< called after each iteration
  };
  /// encodings: of the work in the records.
  Recorder(const scenario::Scenario& scenario, std::int64_t iterations_per_epoch, Hooks hooks,
           const EncodingNames& encodings = {});

  /// Returns false if the run ends.
  bool on_iteration(const IterationRecord& record);

  /// Counts, times, final, baseline and status; the caller fills in the rest.
  [[nodiscard]] const Summary& summary() const { return summary_; }
  /// Number of iterations of the scenario.
  [[nodiscard]] std::int64_t planned_iterations() const { return planned_; }

 private:
  [[nodiscard]] bool time_to_evaluate(std::int64_t iteration) const;
  [[nodiscard]] bool reaches_baseline(const MetricRow& row) const;
  MetricRow evaluated_row(const IterationRecord& record);
  void start_epoch_if_due(std::int64_t iteration);
  void count_encoded(const IterationRecord& record);

  scenario::Scenario scenario_;
  scenario::EpochClock clock_;
  std::int64_t planned_;
  Hooks hooks_;
  Summary summary_;
  BatchStatistics epoch_;     ///< minibatches of the current epoch so far
  BatchStatistics recent_;    ///< minibatches since the last evaluation
  std::int64_t samples_ = 0;  ///< in all minibatches
};

/// Number of iterations of a run: those of its epochs, at most `max_iterations`.
[[nodiscard]] std::int64_t planned_iterations(const scenario::Scenario& scenario,
                                              std::int64_t iterations_per_epoch);

}  // namespace gradwire::results
