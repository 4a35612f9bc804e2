#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// A quantity that curves can be drawn against.
struct XAxis {
  std::string_view key;
  std::string_view title;  ///< including its unit
};
inline constexpr std::array<XAxis, 7> x_axes{{
    {"iteration", "Iterations"},
    {"rounds", "Communication rounds (uploads)"},
    {"uplink_payload_bits", "Uplink payload (bits)"},
    {"uplink_wire_bytes", "Uplink on the wire (bytes)"},
    {"simulated_seconds", "Simulated time (s)"},
    {"uplink_seconds", "Uplink communication time (s)"},
    {"epoch", "Epochs"},
}};

/// A quantity that can be drawn.
struct YAxis {
  std::string_view key;
  std::string_view title;
};
inline constexpr std::array<YAxis, 8> y_axes{{
    {"test_accuracy", "Test accuracy (fraction)"},
    {"train_loss", "Training loss (nats)"},
    {"train_accuracy", "Training accuracy (fraction)"},
    {"test_loss", "Test loss (nats)"},
    {"node_test_accuracy", "Test accuracy, mean over nodes (fraction)"},
    {"worst_test_accuracy", "Test accuracy of the worst node (fraction)"},
    {"consensus_distance", "Distance to consensus"},
    {"nonzero_share", "Entries that are not 0 (fraction)"},
}};

/// Index of the axis with this key in `axes`; a key that is not there does not compile.
template <class Axes>
consteval std::size_t axis_in(const Axes& axes, std::string_view key) {
  std::size_t i = 0;
  while (axes.at(i).key != key) ++i;
  return i;
}
consteval std::size_t x_axis(std::string_view key) { return axis_in(x_axes, key); }
consteval std::size_t y_axis(std::string_view key) { return axis_in(y_axes, key); }

/// Evaluations of a series, averaged over its seeds at the same iteration in both coordinates. Ends
/// where the first of the runs ends. Columns that the results lack are empty, also those of
/// learning in which no number is finite or the iterations were synthesized; NaN where a run's
/// value is NaN.
struct Curve {
  std::array<std::vector<double>, x_axes.size()> x;     ///< means
  std::array<std::vector<double>, y_axes.size()> mean;  ///< over seeds
  std::array<std::vector<double>, y_axes.size()> sd;    ///< over seeds; 0 for one run
  std::size_t runs = 0;                                 ///< number of runs in each point
  std::string note;  ///< for the reader: what limits the curve; may be empty

  [[nodiscard]] std::size_t size() const { return x[0].size(); }
  /// Whether it has a quantity that can be drawn.
  [[nodiscard]] bool has_learning() const {
    return std::ranges::any_of(mean, [](const auto& values) { return !values.empty(); });
  }
};

/// Curves of a panel's series, in the order of the series.
struct PanelCurves {
  const Panel* panel = nullptr;
  std::vector<Curve> curves;
};

/// Curves of every panel, with `most_points` points in total, but at least 20 and at most 400 per
/// curve.
[[nodiscard]] std::vector<PanelCurves> curves_of(const Study& study, std::size_t most_points);

/// Reads the runs' metrics.csv; keeps at most `most_points` points, evenly spaced, including the
/// last. If a file is missing or damaged, the curve is empty and its note gives the reason.
[[nodiscard]] Curve curve_of(const Series& series, std::size_t most_points);

}  // namespace gradwire::analysis
