#pragma once

#include <string>
#include <vector>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// Panels that differ in one numeric setting only, by ascending value.
struct SweepOver {
  std::string setting;
  std::string label;  ///< what its panels share and other sweeps do not; may be empty
  std::string slug;
  std::vector<double> values;  ///< quantities in bits per second or seconds
  std::vector<const Panel*> panels;
};

/// Every sweep over `setting` with at least two values. Settings in `along` may vary together with
/// it (a downlink with its uplink) if that leaves one panel per value.
[[nodiscard]] std::vector<SweepOver> sweeps_over(const Study& study, const std::string& setting,
                                                 const std::vector<std::string>& along = {});

}  // namespace gradwire::analysis
