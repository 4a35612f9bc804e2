#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/study/study.hpp"

namespace gradwire::analysis {

/// Whether a replay may change the setting: rounds, bits and accuracies do not depend on it.
[[nodiscard]] bool is_replayable(std::string_view setting);

/// Panels that differ only in settings that a replay may change.
struct LearningGroup {
  std::string label;                 ///< what sets it apart from other groups; empty if it is alone
  std::string slug;                  ///< likewise, fit for a file name
  std::vector<const Panel*> panels;  ///< at least one, in their order
};

/// Every panel in one group, in the order of their first panels. A panel whose server goes on
/// without late workers is a group of its own: there learning depends on time.
[[nodiscard]] std::vector<LearningGroup> learning_groups(const Study& study);

/// Whether several settings are compared and a replay may change all of them: a study of networks
/// and machines, not of learning.
[[nodiscard]] bool is_what_if(const Study& study);

}  // namespace gradwire::analysis
