#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/record.hpp"
#include "sim/experiment/scenario.hpp"

namespace gradwire::experiment {

/// One row of metrics.csv: an evaluation. Counts are cumulative.
struct MetricRow {
  std::int64_t iteration = 0;  ///< t, from 1
  double epoch = 0.0;          ///< passes over the training set so far
  Seconds simulated;           ///< when theta^t is known to the server
  Communication communication{};
  double train_loss = 0.0;      ///< mean over the minibatches of the current epoch so far, nats
  double train_accuracy = 0.0;  ///< likewise, fraction
  Evaluation test{};
  BusySeconds busy{};  ///< up to this iteration
};

/// Columns that only some scenarios have, after test_accuracy and before the times.
struct ExtraColumns {
  bool top5 = false;                 ///< test_top5_accuracy
  std::vector<std::string> sources;  ///< test_accuracy_<source>, where the test set has several
};
[[nodiscard]] ExtraColumns extra_columns(const Scenario& scenario);

/// The columns' names, and a row under them; each with its line end. Numbers are written with as
/// many digits as it takes to read the same double back.
[[nodiscard]] std::string metrics_header(const ExtraColumns& extra = {});
[[nodiscard]] std::string to_csv(const MetricRow& row, const ExtraColumns& extra = {});

/// A metrics.csv without its last columns; older programs wrote fewer.
struct ColumnCut {
  std::string text;                  ///< the columns that both have
  std::vector<std::string> dropped;  ///< the others
};
/// `now` with the columns of `was` alone, whose header must be the begin of `now`'s; none where it
/// is not.
[[nodiscard]] std::optional<ColumnCut> cut_to_columns_of(std::string_view was,
                                                         std::string_view now);

}  // namespace gradwire::experiment
