#pragma once

#include <optional>
#include <vector>

#include "analysis/results/metrics.hpp"
#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Uplink seconds at each row of a run's metrics.csv: its column uplink_seconds or, in older
/// results that lack the column, inferred where possible.
struct UplinkSeconds {
  std::vector<double> at_rows;  ///< empty if neither recorded nor inferable
  bool with_server = false;     ///< inferred, and including the server's handling of uploads
};
[[nodiscard]] UplinkSeconds uplink_seconds(const Run& run, const Metrics& metrics);

/// Infers, for a metrics.csv without the column, the uplink's share of a run's simulated time at
/// any evaluation, including the server's handling of uploads where that is charged. Requires that
/// nothing overlaps (the parts in summary.json add up to the total), that a gradient costs the same
/// in every iteration, that the send rule's gradient is charged in every iteration from some
/// iteration on, and that every iteration broadcasts the same number of bytes.
class UplinkTime {
 public:
  /// None if the parts overlap or are missing.
  static std::optional<UplinkTime> of(const Run& run);

  /// Seconds of uplink up to the end of iteration t at simulated second `now`.
  [[nodiscard]] double at(double t, double now) const;
  [[nodiscard]] bool with_server() const { return with_server_; }

 private:
  double gradient_ = 0.0;   ///< seconds per iteration, without the send rule's gradient
  double rule_from_ = 0.0;  ///< iterations before the send rule's gradient is charged
  double downlink_ = 0.0;   ///< seconds per iteration
  bool with_server_ = false;
};

}  // namespace gradwire::analysis
