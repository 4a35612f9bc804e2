#pragma once

#include <cstdint>
#include <deque>
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
  bool on_iteration(const IterationRecord& record) {
    const bool go_on = on_learned(record.iteration, record.train);
    on_timed(record);
    return go_on;
  }
  // The same in two parts, where learning is ahead of simulated time:
  /// An iteration was learned; evaluates. Returns false if it is the last. In the order of
  /// iterations.
  bool on_learned(std::int64_t iteration, const BatchStatistics& train);
  /// It was simulated: writes its row, if it was evaluated. In the same order.
  void on_timed(const IterationRecord& record);

  /// Whether the newest iteration given to on_timed() is not the last.
  [[nodiscard]] bool has_more() const { return has_more_; }

  /// Counts, times, final, baseline and status; the caller fills in the rest.
  [[nodiscard]] const Summary& summary() const { return summary_; }
  /// Number of iterations of the scenario.
  [[nodiscard]] std::int64_t planned_iterations() const { return planned_; }

 private:
  /// What is known of an iteration before it is simulated.
  struct Learned {
    RunStatus status = RunStatus::finished;
    bool go_on = true;
    std::optional<MetricRow> row;  ///< without times and counts; if evaluated
    bool reaches_baseline = false;
  };
  [[nodiscard]] bool time_to_evaluate(std::int64_t iteration) const;
  [[nodiscard]] bool reaches_baseline(const MetricRow& row) const;
  MetricRow evaluated_row(std::int64_t iteration);
  void add(const IterationRecord& record);
  /// The row of an evaluation, and whether it is the first that reaches the baseline.
  void keep(const Learned& learned, const IterationRecord& record);
  void start_epoch_if_due(std::int64_t iteration);
  void count_encoded(const IterationRecord& record);

  scenario::Scenario scenario_;
  scenario::EpochClock clock_;
  std::int64_t planned_;
  Hooks hooks_;
  Summary summary_;
  std::deque<Learned> learned_;  ///< not yet simulated
  bool has_more_ = true;
  bool has_baseline_ = false;       ///< an iteration that was learned reached it
  BatchStatistics epoch_;           ///< minibatches of the current epoch so far
  BatchStatistics recent_;          ///< minibatches since the last evaluation
  std::int64_t samples_ = 0;        ///< in all minibatches
  MetricRow::Staleness staleness_;  ///< since the last row
};

/// Number of iterations of a run: those of its epochs, at most `max_iterations`.
[[nodiscard]] std::int64_t planned_iterations(const scenario::Scenario& scenario,
                                              std::int64_t iterations_per_epoch);

}  // namespace gradwire::results
