#include "sim/experiment/schedule.hpp"

namespace gradwire::experiment {
namespace {

double gamma_after(const LearningRateConfig& rate, double epochs_done) {
  double gamma = rate.initial;
  for (const LearningRateStep& step : rate.steps) {
    if (epochs_done >= step.epoch) gamma *= step.factor;
  }
  return gamma;
}

}  // namespace

algorithms::StepSize step_size(const LearningRateConfig& rate, std::int64_t iteration,
                               std::int64_t per_epoch) {
  const double epochs_done = static_cast<double>(iteration) / static_cast<double>(per_epoch);
  return {.gamma = gamma_after(rate, epochs_done),
          .in_threshold = gamma_after(rate, epochs_done - rate.threshold_lag)};
}

}  // namespace gradwire::experiment
