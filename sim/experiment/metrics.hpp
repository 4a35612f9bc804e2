#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/core/record.hpp"

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
};

/// The columns' names, and a row under them; each with its line end. Numbers are written with as
/// many digits as it takes to read the same double back.
[[nodiscard]] std::string metrics_header();
[[nodiscard]] std::string to_csv(const MetricRow& row);

}  // namespace gradwire::experiment
