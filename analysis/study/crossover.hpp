#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/study/cost.hpp"
#include "analysis/study/sweep_over.hpp"

namespace gradwire::analysis {

/// Where two series cost the same along a sweep. Between two measured values the logarithm of their
/// ratio is taken as linear in the logarithm of the setting.
struct Crossover {
  std::string below;  ///< label of what is cheaper at smaller values
  std::string above;  ///< label of what is cheaper at larger values
  double from = 0.0;  ///< the measured values it lies between
  double to = 0.0;
  double at = 0.0;
  std::optional<Interval> interval;  ///< 95 %, paired bootstrap, cut off at `from` and `to`
  std::size_t pairs = 0;
};

struct Crossovers {
  std::vector<Crossover> found;
  std::vector<std::string> never;    ///< "SASG is cheaper than SGD everywhere"
  std::vector<std::string> unknown;  ///< pairs that cannot be compared, and why
};

/// Of every two series of the sweep in `column`.
[[nodiscard]] Crossovers crossovers_in(const SweepOver& sweep, const std::string& column);

}  // namespace gradwire::analysis
