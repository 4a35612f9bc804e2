#pragma once

#include <optional>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Splits a run's simulated time at any evaluation into what the uplink took of it, the server's
/// handling of uploads included where that is charged. metrics.csv has
/// no such column, so this needs more knowledge: nothing overlaps (the parts of summary.json add up
/// to the whole), a gradient costs the same in every iteration, the send rule's gradient is paid
/// from some iteration on in every one, and every iteration broadcasts the same bytes.
class UplinkTime {
 public:
  /// None where the parts overlap or are missing.
  static std::optional<UplinkTime> of(const Run& run);

  /// Seconds of uplink up to the end of iteration t at simulated second `now`.
  [[nodiscard]] double at(double t, double now) const;

 private:
  double gradient_ = 0.0;   ///< seconds an iteration, the rule's gradient left out
  double rule_from_ = 0.0;  ///< the iterations before that pay no rule
  double downlink_ = 0.0;   ///< seconds an iteration
};

}  // namespace gradwire::analysis
