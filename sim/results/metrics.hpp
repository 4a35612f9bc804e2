#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/iteration_record.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::results {

/// One row of metrics.csv: an evaluation. Counts are cumulative.
struct MetricRow {
  std::int64_t iteration = 0;  ///< t, from 1
  double epoch = 0.0;          ///< iterations over those of a pass with the configured minibatches
  Seconds simulated;           ///< time at which the server holds theta^t
  Communication communication{};
  /// Mean over the minibatches of the current epoch so far, in nats; none without any.
  std::optional<double> train_loss;
  std::optional<double> train_accuracy;  ///< the same, fraction; none if the test set has none
  Evaluation test{};
  BusySeconds busy{};  ///< up to this iteration
  /// Mean over the minibatches since the row before, in nats; none without any.
  std::optional<double> recent_train_loss;
  std::int64_t samples = 0;  ///< in the minibatches so far, of all workers
  /// Of the pushes of an asynchronous method since the row before.
  struct Staleness {
    std::int64_t pushes = 0;
    std::int64_t sum = 0;
    std::int64_t largest = 0;
  };
  Staleness staleness{};
};

/// What only some scenarios measure in an evaluation.
struct ExtraColumns {
  bool top5 = false;                 ///< test_top5_accuracy
  std::vector<std::string> sources;  ///< test_accuracy_<source>, for each
  bool accuracy = true;              ///< train_accuracy, test_accuracy: else empty cells
  bool objective = false;            ///< objective, gradient_squared_norm
};
[[nodiscard]] ExtraColumns extra_columns(const scenario::Scenario& scenario);

/// The line of column names, and the line of a row; both with line end. Numbers are written with as
/// many digits as are needed to read the same double back.
[[nodiscard]] std::string metrics_header(const scenario::Scenario& scenario);
[[nodiscard]] std::string to_csv(const MetricRow& row, const scenario::Scenario& scenario);

/// A metrics.csv without its last columns; older programs wrote fewer columns.
struct ColumnCut {
  std::string text;                  ///< with the common columns only
  std::vector<std::string> dropped;  ///< names of the other columns
};
/// `now` reduced to the columns of `was`, whose header must be a prefix of `now`'s; else nullopt.
[[nodiscard]] std::optional<ColumnCut> cut_to_columns_of(std::string_view was,
                                                         std::string_view now);

}  // namespace gradwire::results
