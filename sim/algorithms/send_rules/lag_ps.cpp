#include "sim/algorithms/send_rules/lag_ps.hpp"

#include "sim/algorithms/send_rules/always.hpp"
#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

LagPs::LagPs(const Config& config)
    : smoothness_(config.smoothness),
      movement_(config.movement),
      max_delay_(config.max_delay),
      models_(config.smoothness.size()) {}

std::vector<bool> LagPs::choose(const Model& theta, StepSize size) {
  movement_.observe(*theta);
  models_.begin(theta);
  const double threshold = movement_.threshold(size.in_threshold);
  std::vector<bool> chosen(smoothness_.size());
  for (std::size_t m = 0; m < chosen.size(); ++m) {
    const double l = smoothness_[m];
    chosen[m] = models_.age(m) >= max_delay_ || l * l * models_.squared_distance(m) > threshold;
  }
  return chosen;
}

void LagPs::received(int worker, const Message& /*before*/, const Message& /*upload*/) {
  models_.received(static_cast<std::size_t>(worker));
}

Bytes LagPs::state_bytes() const { return models_.state_bytes() + movement_.state_bytes(); }

std::unique_ptr<Participation> LagPs::clone() const { return std::make_unique<LagPs>(*this); }

void LagPs::save(SavingArchive& archive) const {
  archive(movement_);
  models_.save(archive);
}

void LagPs::load(LoadingArchive& archive) {
  archive(movement_);
  models_.load(archive);
}

namespace {

constexpr Parameter lag_ps_parameters[] = {&max_delay_parameter, &threshold_scale_parameter,
                                           &window_parameter};
constexpr ParameterDefault lag_ps_defaults[] = {{"max_delay", longest_delay},
                                                {"threshold_scale", 10.0}};

}  // namespace

constinit const SendRuleKind lag_ps_kind{
    .name = "lag_ps",
    .summary =
        "on the server's request, unless smoothness and movement of the model allow too "
        "small a change (LAG-PS)",
    .source = "LAG, arXiv 1805.09965, and its authors' code",
    .parameters = lag_ps_parameters,
    .make = [](const AlgorithmConfig&, int) -> std::unique_ptr<SendRule> {
      return std::make_unique<Always>();
    },
    .skips = true,
    .participation = [](const AlgorithmConfig& config,
                        const Surroundings& surroundings) -> std::unique_ptr<Participation> {
      return std::make_unique<LagPs>(
          LagPs::Config{.smoothness = surroundings.smoothness,
                        .movement = movement_config(config, surroundings.workers),
                        .max_delay = config.get(max_delay_parameter)});
    },
    .needs_smoothness = true,
    .defaults = lag_ps_defaults};

}  // namespace gradwire::algorithms
