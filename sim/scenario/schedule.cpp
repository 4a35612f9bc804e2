#include "sim/scenario/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gradwire::scenario {
namespace {

double gamma_of(const LearningRateConfig& rate, double epochs, std::int64_t iteration,
                const EpochClock& clock) {
  const double epochs_done = clock.epochs(iteration);
  double gamma = rate.initial;
  for (const LearningRateStep& step : rate.steps) {
    if (epochs_done >= step.epoch) gamma *= step.factor;
  }
  if (rate.schedule == ScheduleKind::cosine) {
    const double done = std::clamp(epochs_done / epochs, 0.0, 1.0);
    gamma *= (1 + std::cos(std::numbers::pi * done)) / 2;
  }
  const double warm_up = std::round(clock.iterations(rate.warm_up_epochs));
  const double risen = static_cast<double>(iteration) + 1;  // iterations, this one included
  if (warm_up == 0 || risen >= warm_up) return gamma;
  return gamma * std::max(risen, 0.0) / warm_up;
}

/// Clamped to 1e18, which is before the first iteration in any case.
std::int64_t lag_in_iterations(const LearningRateConfig& rate, const EpochClock& clock) {
  constexpr double most = 1e18;
  return std::llround(std::min(clock.iterations(rate.threshold_lag), most));
}

}  // namespace

algorithms::StepSize step_size(const LearningRateConfig& rate, double epochs,
                               std::int64_t iteration, const EpochClock& clock) {
  // Not epochs_done - lag: rounding of the difference may place it below a step's epoch.
  const std::int64_t earlier = iteration - lag_in_iterations(rate, clock);
  const double gamma = gamma_of(rate, epochs, iteration, clock);
  return {.gamma = gamma,
          .in_threshold = gamma_of(rate, epochs, earlier, clock),
          .relative = rate.initial == 0 ? 1 : gamma / rate.initial};
}

}  // namespace gradwire::scenario
