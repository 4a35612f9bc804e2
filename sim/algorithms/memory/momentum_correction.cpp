#include "sim/algorithms/memory/momentum_correction.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {
namespace {

/// Of a sparse message; null: the message has a value of every entry.
const std::vector<std::uint32_t>* indices_of(const Message& message) {
  return std::visit(
      [](const auto& m) -> const std::vector<std::uint32_t>* {
        if constexpr (requires { m.indices; }) return &m.indices;
        return nullptr;
      },
      message);
}

}  // namespace

Message MomentumCorrection::send(Update& update, Compressor& compressor, const StepContext& step) {
  if (may_withdraw_) {
    velocity_before_ = velocity_;
    accumulated_before_ = accumulated_;
  }
  read_gradient(update);
  accumulate();
  return keep_rest(compressor.compress(accumulated_, step), 0, compressor);
}

Message MomentumCorrection::send_next(int exchange, const Message& reduced, Compressor& compressor,
                                      const StepContext& step) {
  return keep_rest(compressor.compress_next(exchange, reduced, accumulated_, step), exchange,
                   compressor);
}

void MomentumCorrection::read_gradient(Update& update) {
  gradient_.resize(config_.d);
  update.write_to(gradient_);
  if (config_.clip == 0) return;
  const double norm = std::sqrt(squared_norm(gradient_));
  if (norm > config_.clip) scale(static_cast<float>(config_.clip / norm), gradient_, gradient_);
}

void MomentumCorrection::accumulate() {
  const float mu = config_.momentum;
  for (std::size_t i = 0; i < gradient_.size(); ++i) {
    float& u = velocity_[i];
    const float g = gradient_[i];
    u = config_.nesterov ? mu * (u + g) : mu * u + g;
    accumulated_[i] += config_.nesterov ? u + g : u;
  }
}

Message MomentumCorrection::keep_rest(Message message, int exchange, const Compressor& compressor) {
  if (exchange + 1 != compressor.exchanges()) return message;
  subtract_from(message, accumulated_);
  if (config_.masks) mask(message);
  return message;
}

void MomentumCorrection::mask(const Message& message) {
  if (const auto* indices = indices_of(message)) {
    masked_.resize(indices->size());
    for (std::size_t i = 0; i < masked_.size(); ++i) {
      masked_[i] = std::exchange(velocity_[(*indices)[i]], 0.0F);
    }
  } else {
    masked_ = velocity_;
    std::ranges::fill(velocity_, 0.0F);
  }
}

void MomentumCorrection::rollback(const Message& lost) {
  add_to(lost, accumulated_);
  if (!config_.masks) return;
  if (const auto* indices = indices_of(lost)) {
    for (std::size_t i = 0; i < masked_.size(); ++i) velocity_[(*indices)[i]] = masked_[i];
  } else {
    velocity_ = masked_;
  }
}

void MomentumCorrection::withdraw() {
  std::swap(velocity_, velocity_before_);
  std::swap(accumulated_, accumulated_before_);
}

double MomentumCorrection::left_out() const { return squared_norm(accumulated_); }

Bytes MomentumCorrection::state_bytes() const {
  return {static_cast<std::int64_t>((velocity_.size() + accumulated_.size()) * sizeof(float))};
}

std::unique_ptr<Memory> MomentumCorrection::clone() const {
  return std::make_unique<MomentumCorrection>(*this);
}

void MomentumCorrection::save(SavingArchive& archive) const { archive(velocity_, accumulated_); }
void MomentumCorrection::load(LoadingArchive& archive) { archive(velocity_, accumulated_); }

namespace {

constexpr Parameter momentum_correction_parameters[] = {
    &momentum_parameter,  &nesterov_parameter, &weight_decay_parameter, &momentum_at_parameter,
    &dampening_parameter, &masking_parameter,  &clip_norm_parameter};

std::string refused(const AlgorithmConfig& config) {
  if (has_momentum_at(config, MomentumPlace::server)) {
    return "momentum_correction applies momentum and weight_decay at the worker: expected "
           "momentum_at worker";
  }
  if (config.get(dampening_parameter) != 0) {
    return "momentum_correction adds whole gradients: expected dampening 0";
  }
  return "";
}

}  // namespace

constinit const MemoryKind momentum_correction_kind{
    .name = "momentum_correction",
    .summary = "momentum, then what the compressor leaves out is added to the next update",
    .source = "Lin et al., arXiv 1712.01887, and its authors' code",
    .parameters = momentum_correction_parameters,
    .make = [](const AlgorithmConfig& config, const Layout& layout,
               int workers) -> std::unique_ptr<Memory> {
      return std::make_unique<MomentumCorrection>(MomentumCorrection::Config{
          .d = layout.size(),
          .momentum = static_cast<float>(config.get(momentum_parameter)),
          .nesterov = config.get(nesterov_parameter),
          .masks = config.get(masking_parameter),
          .clip = config.get(clip_norm_parameter) / std::sqrt(static_cast<double>(workers))});
    },
    .gamma_is_inside = [](const AlgorithmConfig&) { return false; },
    .holds_errors = true,
    .applies_momentum = true,
    .refuses = refused};

}  // namespace gradwire::algorithms
