#pragma once

#include <vector>

#include "sim/learn/fetch/catalogue.hpp"

namespace gradwire::commands {

/// The main function of gradwire-fetch for a given catalogue. `pause_seconds`: pause before the
/// first repeated attempt. Returns the exit status.
int fetch_program(int argc, char** argv, const std::vector<learn::RemoteDataset>& datasets,
                  double pause_seconds);

}  // namespace gradwire::commands
