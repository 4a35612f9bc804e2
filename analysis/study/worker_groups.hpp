#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// Panels that differ only in the number of workers, and in the step size that follows it. One
/// figure shows them, with a chart for each.
struct WorkerGroup {
  std::string label;  ///< what distinguishes it from other groups; empty if it is the only one
  std::string slug;   ///< the label as a file name
  std::vector<std::size_t> members;  ///< indices of panels, ascending; at least one
};

/// Partitions panels into groups, in the order of their first panels. Where the number of workers
/// does not vary, each panel is a group, with the panel's own label.
[[nodiscard]] std::vector<WorkerGroup> worker_groups(const std::vector<const Panel*>& panels);

}  // namespace gradwire::analysis
