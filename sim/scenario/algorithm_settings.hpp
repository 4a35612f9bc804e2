#pragma once

#include "sim/algorithms/config.hpp"
#include "sim/scenario/settings/setting_visitor.hpp"

namespace gradwire::scenario {

/// Declares object "algorithm": the rows and ingredients of algorithms/methods.hpp, and the
/// parameters that these state themselves.
void describe(SettingVisitor& in, algorithms::AlgorithmConfig& c);

}  // namespace gradwire::scenario
