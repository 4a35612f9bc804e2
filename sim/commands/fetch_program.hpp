#pragma once

#include <vector>

#include "sim/learn/fetch_catalogue.hpp"

namespace gradwire::commands {

/// All of gradwire-fetch but which datasets there are. `pause_seconds`: before an attempt is
/// repeated for the first time. Returns the exit status.
int fetch_program(int argc, char** argv, const std::vector<learn::RemoteDataset>& datasets,
                  double pause_seconds);

}  // namespace gradwire::commands
