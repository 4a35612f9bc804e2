#pragma once

#include <cstdint>

#include "sim/algorithms/step_size.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// gamma of iteration t, counted from 0, if an epoch has `per_epoch` iterations: `initial` times
/// the factors of the steps whose epochs are complete. The threshold's gamma is that of the
/// iteration `threshold_lag` epochs before, rounded to the nearest whole iteration.
[[nodiscard]] algorithms::StepSize step_size(const LearningRateConfig& rate, std::int64_t iteration,
                                             std::int64_t per_epoch);

}  // namespace gradwire::scenario
