#include "sim/scenario/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace gradwire::scenario {
namespace {

double gamma_of(const LearningRateConfig& rate, std::int64_t iteration, std::int64_t per_epoch) {
  const double epochs_done = static_cast<double>(iteration) / static_cast<double>(per_epoch);
  double gamma = rate.initial;
  for (const LearningRateStep& step : rate.steps) {
    if (epochs_done >= step.epoch) gamma *= step.factor;
  }
  return gamma;
}

/// Clamped to 1e18, which is before the first iteration in any case.
std::int64_t lag_in_iterations(const LearningRateConfig& rate, std::int64_t per_epoch) {
  constexpr double most = 1e18;
  return std::llround(std::min(rate.threshold_lag * static_cast<double>(per_epoch), most));
}

}  // namespace

algorithms::StepSize step_size(const LearningRateConfig& rate, std::int64_t iteration,
                               std::int64_t per_epoch) {
  // Not epochs_done - lag: rounding of the difference may place it below a step's epoch.
  const std::int64_t earlier = iteration - lag_in_iterations(rate, per_epoch);
  return {.gamma = gamma_of(rate, iteration, per_epoch),
          .in_threshold = gamma_of(rate, earlier, per_epoch)};
}

}  // namespace gradwire::scenario
