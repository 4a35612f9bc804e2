#pragma once

#include <optional>
#include <vector>

#include "analysis/results/metrics.hpp"
#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Uplink seconds at each row of a run's metrics.csv, as its column of that name has them. Older
/// results lack the column; there they are inferred where that is possible.
struct UplinkSeconds {
  std::vector<double> at_rows;  ///< empty where they are neither there nor can be inferred
  bool with_server = false;     ///< inferred, with the server's handling of uploads
};
[[nodiscard]] UplinkSeconds uplink_seconds(const Run& run, const Metrics& metrics);

/// Infers, for a metrics.csv without the column, what the uplink took of a run's simulated time at
/// any evaluation, the server's handling of uploads included where that is charged. This holds
/// where nothing overlaps (the parts of summary.json add up to the whole), a gradient costs the
/// same in every iteration, the send rule's gradient is paid from some iteration on in every one,
/// and every iteration broadcasts the same bytes.
class UplinkTime {
 public:
  /// None where the parts overlap or are missing.
  static std::optional<UplinkTime> of(const Run& run);

  /// Seconds of uplink up to the end of iteration t at simulated second `now`.
  [[nodiscard]] double at(double t, double now) const;
  [[nodiscard]] bool with_server() const { return with_server_; }

 private:
  double gradient_ = 0.0;   ///< seconds an iteration, the rule's gradient left out
  double rule_from_ = 0.0;  ///< the iterations before that pay no rule
  double downlink_ = 0.0;   ///< seconds an iteration
  bool with_server_ = false;
};

}  // namespace gradwire::analysis
