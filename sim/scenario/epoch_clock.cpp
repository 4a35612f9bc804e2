#include "sim/scenario/epoch_clock.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "sim/algorithms/methods.hpp"

namespace gradwire::scenario {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

bool falls_in_steps(const LearningRateConfig& rate) {
  return rate.schedule == ScheduleKind::steps && !rate.steps.empty();
}

}  // namespace

EpochClock::Progress EpochClock::reduced(std::int64_t minibatches, std::int64_t per_epoch) {
  const std::int64_t common = std::gcd(minibatches, per_epoch);
  return {minibatches / common, per_epoch / common};
}

EpochClock::EpochClock(const Scenario& scenario, std::int64_t per_epoch) {
  const algorithms::LocalStepPlan plan = algorithms::local_step_plan(scenario.algorithm);
  const Progress share =
      reduced(algorithms::sampled_workers_of(scenario.algorithm, scenario.workers),
              scenario.workers);  // C
  early_ = reduced(share.minibatches, share.per_epoch * per_epoch);
  later_ = plan.epochs > 0 ? reduced(plan.epochs * share.minibatches, share.per_epoch)
                           : reduced(plan.steps * share.minibatches, share.per_epoch * per_epoch);
  is_local_ = algorithms::has_local_steps(scenario.algorithm);
  if (!plan.after_first_decay) return;
  local_from_ = never;
  if (!falls_in_steps(scenario.learning_rate)) return;
  const auto& steps = scenario.learning_rate.steps;
  const auto as_double = [](std::int64_t n) { return static_cast<double>(n); };
  std::int64_t first = std::llround(std::floor(steps.front().epoch * as_double(early_.per_epoch) /
                                               as_double(early_.minibatches)));
  while (as_double(first * early_.minibatches) / as_double(early_.per_epoch) <
         steps.front().epoch) {
    ++first;
  }
  local_from_ = first;
}

double EpochClock::epochs(std::int64_t iterations) const {
  const auto of = [](std::int64_t count, const Progress& progress) {
    return static_cast<double>(count * progress.minibatches) /
           static_cast<double>(progress.per_epoch);
  };
  if (local_from_ == 0) return of(iterations, later_);
  if (iterations <= local_from_) return of(iterations, early_);
  return of(local_from_, early_) + of(iterations - local_from_, later_);
}

double EpochClock::iterations(double epochs) const {
  const auto of = [](double count, const Progress& progress) {
    return count * static_cast<double>(progress.per_epoch) /
           static_cast<double>(progress.minibatches);
  };
  if (local_from_ == 0) return of(epochs, later_);
  const double before =
      local_from_ == never ? std::numeric_limits<double>::infinity() : this->epochs(local_from_);
  if (epochs <= before) return of(epochs, early_);
  return static_cast<double>(local_from_) + of(epochs - before, later_);
}

bool EpochClock::ends_epoch(std::int64_t iteration) const {
  return std::floor(epochs(iteration)) > std::floor(epochs(iteration - 1));
}

std::string note_on_local_steps(const Scenario& scenario) {
  const bool waits = algorithms::local_step_plan(scenario.algorithm).after_first_decay;
  if (!waits || falls_in_steps(scenario.learning_rate)) return "";
  return "workers made one step between exchanges throughout: local steps begin where the learning "
         "rate first falls in steps (algorithm.local_begin), and learning_rate has none";
}

}  // namespace gradwire::scenario
