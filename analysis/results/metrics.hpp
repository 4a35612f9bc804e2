#pragma once

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

namespace gradwire::analysis {

/// Columns of metrics.csv that the analysis reads.
enum class Metric : std::size_t {
  iteration,
  simulated_seconds,
  rounds,
  uplink_payload_bits,
  uplink_wire_bytes,
  train_loss,
  train_accuracy,
  test_loss,
  test_accuracy,
  uplink_seconds,
  recent_train_loss,
  epoch,
  node_test_accuracy,
  worst_test_accuracy,
  consensus_distance,
  nonzero_share
};
inline constexpr std::array<std::string_view, 16> metric_names{
    "iteration",           "simulated_seconds",   "rounds",
    "uplink_payload_bits", "uplink_wire_bytes",   "train_loss",
    "train_accuracy",      "test_loss",           "test_accuracy",
    "uplink_seconds",      "recent_train_loss",   "epoch",
    "node_test_accuracy",  "worst_test_accuracy", "consensus_distance",
    "nonzero_share"};

/// A run's metrics.csv: each column holds one number per row; a missing column is empty.
struct Metrics {
  std::array<std::vector<double>, metric_names.size()> columns;

  [[nodiscard]] const std::vector<double>& operator[](Metric metric) const {
    return columns[static_cast<std::size_t>(metric)];
  }
  [[nodiscard]] std::size_t rows() const { return (*this)[Metric::iteration].size(); }
};

/// Throws InputError if the file cannot be read, lacks the column iteration, or if that column does
/// not ascend.
[[nodiscard]] Metrics read_metrics(const std::filesystem::path& file);

}  // namespace gradwire::analysis
