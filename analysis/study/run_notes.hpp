#pragma once

#include <string>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Notes of the runs' summaries, each sentence once, in the order of the runs. A note that not all
/// runs have is followed by the values of one setting that identify its runs or, if there is no
/// such setting, by their number.
[[nodiscard]] std::vector<std::string> notes_of_runs(const Results& results);

}  // namespace gradwire::analysis
