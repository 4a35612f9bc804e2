#pragma once

#include <string>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// The notes of the runs' summaries, each sentence once, in the order of the runs. Where not all
/// runs have it, which do: by the values of one setting, if these tell them apart, else how many.
[[nodiscard]] std::vector<std::string> notes_of_runs(const Results& results);

}  // namespace gradwire::analysis
