#pragma once

#include <cstdint>

#include "sim/algorithms/step_size.hpp"
#include "sim/scenario/epoch_clock.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// gamma of iteration t, counted from 0, of a run of `epochs`: `initial` times the factors of the
/// steps whose epochs are complete, of the cosine and of the warm-up, which
/// rises to 1 in the last of its iterations. The threshold's gamma is that of the iteration
/// `threshold_lag` epochs before, rounded to the nearest whole iteration.
[[nodiscard]] algorithms::StepSize step_size(const LearningRateConfig& rate, double epochs,
                                             std::int64_t iteration, const EpochClock& clock);

}  // namespace gradwire::scenario
