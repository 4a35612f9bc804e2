#pragma once

#include <cstdint>

#include "sim/algorithms/step_size.hpp"
#include "sim/experiment/scenario.hpp"

namespace gradwire::experiment {

/// gamma of iteration t, from 0, when an epoch has `per_epoch` iterations: `initial` times the
/// factors of the steps whose epochs are done. The threshold's gamma is that of the
/// iteration `threshold_lag` epochs before, in whole iterations (the nearest number).
[[nodiscard]] algorithms::StepSize step_size(const LearningRateConfig& rate, std::int64_t iteration,
                                             std::int64_t per_epoch);

}  // namespace gradwire::experiment
