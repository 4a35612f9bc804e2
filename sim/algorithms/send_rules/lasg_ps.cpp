#include "sim/algorithms/send_rules/lasg_ps.hpp"

#include <cmath>
#include <variant>

#include "sim/algorithms/send_rules/always.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

LasgPs::LasgPs(const Config& config)
    : movement_(config.movement),
      max_delay_(config.max_delay),
      workers_apply_gamma_(config.workers_apply_gamma),
      models_(static_cast<std::size_t>(config.workers)),
      smoothness_(static_cast<std::size_t>(config.workers), config.smoothness),
      gamma_(static_cast<std::size_t>(config.workers), 1.0) {}

std::vector<bool> LasgPs::choose(const Model& theta, StepSize size) {
  movement_.observe(*theta);
  models_.begin(theta);
  gamma_now_ = workers_apply_gamma_ ? size.gamma : 1.0;
  d_ = theta->size();
  const double threshold = movement_.threshold(size.in_threshold);
  std::vector<bool> chosen(smoothness_.size());
  for (std::size_t m = 0; m < chosen.size(); ++m) {
    const double l = smoothness_[m];
    chosen[m] = models_.age(m) >= max_delay_ || l * l * models_.squared_distance(m) >= threshold;
  }
  return chosen;
}

void LasgPs::received(int worker, const Message& before, const Message& upload) {
  const auto m = static_cast<std::size_t>(worker);
  const double moved = std::sqrt(models_.squared_distance(m));
  if (!std::holds_alternative<Skip>(before) && moved > 0) {
    smoothness_[m] = change(before, gamma_[m], upload) / moved;
  }
  gamma_[m] = gamma_now_;
  models_.received(m);
}

double LasgPs::change(const Message& before, double gamma_before, const Message& upload) const {
  Vector difference(d_, 0.0F);
  add_to(upload, difference);
  if (gamma_now_ != gamma_before) {
    scale(static_cast<float>(gamma_before / gamma_now_), difference, difference);
  }
  subtract_from(before, difference);
  return std::sqrt(squared_norm(difference)) / gamma_before;
}

Bytes LasgPs::state_bytes() const {
  const std::size_t numbers = smoothness_.size() + gamma_.size();
  return models_.state_bytes() + movement_.state_bytes() +
         Bytes{static_cast<std::int64_t>(numbers * sizeof(double))};
}

std::unique_ptr<Participation> LasgPs::clone() const { return std::make_unique<LasgPs>(*this); }

void LasgPs::save(SavingArchive& archive) const {
  archive(movement_, smoothness_, gamma_);
  models_.save(archive);
}

void LasgPs::load(LoadingArchive& archive) {
  archive(movement_, smoothness_, gamma_);
  models_.load(archive);
}

namespace {

constexpr Parameter lasg_ps_parameters[] = {&max_delay_parameter, &threshold_scale_parameter,
                                            &window_parameter, &smoothness_parameter};
constexpr ParameterDefault lasg_ps_defaults[] = {{"max_delay", std::int64_t{50}},
                                                 {"threshold_scale", 1.0}};

}  // namespace

constinit const SendRuleKind lasg_ps_kind{
    .name = "lasg_ps",
    .summary =
        "on the server's request, as lag_ps with estimated smoothness and a maximum delay "
        "(LASG-PSE)",
    .source =
        "LASG, arXiv 2002.11360, and its authors' code, whose estimate is in a file that "
        "they did not publish: not verified are the ratio of the latest two uploads, and "
        "that its square is what is compared, from 0.1 squared on",
    .parameters = lasg_ps_parameters,
    .make = [](const AlgorithmConfig&, int) -> std::unique_ptr<SendRule> {
      return std::make_unique<Always>();
    },
    .skips = true,
    .participation = [](const AlgorithmConfig& config,
                        const Surroundings& surroundings) -> std::unique_ptr<Participation> {
      return std::make_unique<LasgPs>(
          LasgPs::Config{.workers = surroundings.workers,
                         .smoothness = config.get(smoothness_parameter),
                         .movement = movement_config(config, surroundings.workers),
                         .max_delay = config.get(max_delay_parameter),
                         .workers_apply_gamma = surroundings.workers_apply_gamma});
    },
    .reads_contributions = true,
    .defaults = lasg_ps_defaults};

}  // namespace gradwire::algorithms
