#include "sim/algorithms/send_rules/lasg.hpp"

#include <utility>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

bool StochasticLazy::should_send(const RuleInput& input) {
  const Model& theta = input.theta;
  const bool sends_anyway = decided();
  skip_iteration(theta, input.size);
  std::optional<State> next;
  if (!state_.reference) {
    next = first(theta);
  } else if (sends_anyway) {
    next = State{theta, {}, 0};
  } else {
    const double gamma = config_.divides_by_gamma ? input.size.in_threshold : 1.0;
    next = triggered(input, state_, movement_.threshold(gamma));
  }
  if (!next) return false;
  before_ = std::exchange(state_, std::move(*next));
  return true;
}

void StochasticLazy::rollback() {
  if (before_) state_ = std::move(*before_);
  before_.reset();
}

void StochasticLazy::skip_iteration(const Model& theta, StepSize /*size*/) {
  movement_.observe(*theta);
  ++state_.delay;
}

Bytes StochasticLazy::state_bytes() const {
  const std::size_t reference = state_.reference ? state_.reference->size() : 0;
  const std::size_t floats = reference + state_.difference.size();
  return Bytes{static_cast<std::int64_t>(floats * sizeof(float))} + movement_.state_bytes();
}

void StochasticLazy::save(SavingArchive& archive) const {
  archive(state_.reference, state_.difference, state_.delay, movement_);
}

void StochasticLazy::load(LoadingArchive& archive) {
  archive(state_.reference, state_.difference, state_.delay, movement_);
}

std::optional<StochasticLazy::State> LasgWk2::triggered(const RuleInput& input, const State& state,
                                                        double threshold) const {
  const double change = input.gradient.squared_distance(input.theta, state.reference);
  if (change >= threshold) return State{input.theta, {}, 0};
  return std::nullopt;
}

std::optional<StochasticLazy::State> LasgWk1::triggered(const RuleInput& input, const State& state,
                                                        double threshold) const {
  const auto at_snapshot = input.gradient.at(state.reference);
  const Vector before(at_snapshot.begin(), at_snapshot.end());  // valid until the next call
  const auto now = input.gradient.at(input.theta);
  Vector delta(now.begin(), now.end());
  subtract(before, delta);
  const double change =
      state.difference.empty() ? squared_norm(delta) : squared_distance(delta, state.difference);
  if (change >= threshold) return State{state.reference, std::move(delta), state.delay};
  return std::nullopt;
}

namespace {

constexpr Parameter lasg_parameters[] = {&max_delay_parameter, &threshold_scale_parameter,
                                         &window_parameter, &threshold_by_parameter};

constexpr ParameterDefault lasg_on_mnist[] = {{"max_delay", std::int64_t{50}},
                                              {"threshold_scale", 1.0}};

StochasticLazy::Config config_of(const AlgorithmConfig& config, int workers) {
  StochasticLazy::Config rule{
      .max_delay = static_cast<int>(config.get(max_delay_parameter)),
      .movement = movement_config(config, workers),
      .divides_by_gamma =
          config.choice<ThresholdBy>(threshold_by_parameter) == ThresholdBy::step_size};
  if (!rule.divides_by_gamma) rule.movement.total_weight = 1.0;
  return rule;
}

std::int64_t second_iteration(const AlgorithmConfig& /*config*/) { return 1; }

}  // namespace

constinit const SendRuleKind lasg_wk1_kind{
    .name = "lasg_wk1",
    .summary =
        "if the gradient's distance from that at a snapshot, on the same samples, has changed "
        "by c (threshold_scale) times the mean squared step of the model, divided by gamma^2",
    .source = "LASG, arXiv 2002.11360, as in its authors' code",
    .parameters = lasg_parameters,
    .make = [](const AlgorithmConfig& config, int workers) -> std::unique_ptr<SendRule> {
      return std::make_unique<LasgWk1>(config_of(config, workers));
    },
    .skips = true,
    .first_auxiliary = second_iteration,
    .defaults = lasg_on_mnist};

constinit const SendRuleKind lasg_wk2_kind{
    .name = "lasg_wk2",
    .summary =
        "if the gradient differs from that at the model of the last upload, on the same "
        "samples, by c (threshold_scale) times the mean squared step of the model, divided "
        "by gamma^2",
    .source = "LASG, arXiv 2002.11360, as in its authors' code",
    .parameters = lasg_parameters,
    .make = [](const AlgorithmConfig& config, int workers) -> std::unique_ptr<SendRule> {
      return std::make_unique<LasgWk2>(config_of(config, workers));
    },
    .skips = true,
    .first_auxiliary = second_iteration,
    .defaults = lasg_on_mnist};

}  // namespace gradwire::algorithms
