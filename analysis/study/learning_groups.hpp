#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// Whether a replay may change the setting; rounds, bits and accuracies do not depend on it.
[[nodiscard]] bool is_replayable(std::string_view setting);

/// Panels that differ only in settings that a replay may change.
struct LearningGroup {
  std::string label;  ///< what distinguishes it from other groups; empty if it is the only one
  std::string slug;   ///< the label as a file name
  std::vector<const Panel*> panels;  ///< at least one, in the order of the study
};

/// Partitions the panels into groups, in the order of their first panels. A panel whose server
/// continues without late workers forms a separate group: its learning depends on time.
[[nodiscard]] std::vector<LearningGroup> learning_groups(const Study& study);

/// Whether the study is a what-if: settings vary, and a replay may change all of them. Such a study
/// is about networks and machines, not about learning.
[[nodiscard]] bool is_what_if(const Study& study);

}  // namespace gradwire::analysis
