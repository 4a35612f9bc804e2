#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// What a curve can be drawn against.
struct XAxis {
  std::string_view key;
  std::string_view title;  ///< with its unit
};
inline constexpr std::array<XAxis, 6> x_axes{{
    {"iteration", "Iterations"},
    {"rounds", "Communication rounds (uploads)"},
    {"uplink_payload_bits", "Uplink payload (bits)"},
    {"uplink_wire_bytes", "Uplink on the wire (bytes)"},
    {"simulated_seconds", "Simulated time (s)"},
    {"uplink_seconds", "Uplink communication time (s)"},
}};

/// What can be drawn.
struct YAxis {
  std::string_view key;
  std::string_view title;
};
inline constexpr std::array<YAxis, 4> y_axes{{
    {"test_accuracy", "Test accuracy (fraction)"},
    {"train_loss", "Training loss (nats)"},
    {"train_accuracy", "Training accuracy (fraction)"},
    {"test_loss", "Test loss (nats)"},
}};

/// The evaluations of a series, averaged over its seeds at the same iteration: both what is drawn
/// and what it is drawn against. Ends where the first of the runs ends. What the results lack is
/// empty; NaN where a run's number is none.
struct Curve {
  std::array<std::vector<double>, x_axes.size()> x;     ///< means
  std::array<std::vector<double>, y_axes.size()> mean;  ///< over seeds
  std::array<std::vector<double>, y_axes.size()> sd;    ///< over seeds; 0 of one
  std::size_t runs = 0;                                 ///< in each point
  std::string note;                                     ///< what people must know; may be empty

  [[nodiscard]] std::size_t size() const { return x[0].size(); }
};

/// The curves of a panel's series, in their order.
struct PanelCurves {
  const Panel* panel = nullptr;
  std::vector<Curve> curves;
};

/// Of every panel; `most_points` over all curves together, at least 20 and at most 400 each.
[[nodiscard]] std::vector<PanelCurves> curves_of(const Study& study, std::size_t most_points);

/// Reads the runs' metrics.csv; keeps at most `most_points`, evenly spaced, the last included.
[[nodiscard]] Curve curve_of(const Series& series, std::size_t most_points);

}  // namespace gradwire::analysis
