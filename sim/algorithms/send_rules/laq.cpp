#include "sim/algorithms/send_rules/laq.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {
namespace {

/// Entries of a message that are written out at a time.
constexpr std::size_t entries_at_once = 4096;
static_assert(entries_at_once % SquaredDistance::block_multiple == 0);

/// squared_norm() of the message's entries, without a vector of all of them.
double squared_norm_of(const Message& message, std::size_t d) {
  static constexpr std::array<float, entries_at_once> zeros{};
  std::array<float, entries_at_once + overrun> values{};
  MessageBlocks blocks(message);
  SquaredDistance from_zero;
  for (std::size_t begin = 0; begin < d; begin += entries_at_once) {
    const auto part = std::span(values).first(std::min(entries_at_once, d - begin));
    std::ranges::fill(part, 0.0F);
    blocks.add_to(part, begin);
    from_zero.add(part, std::span(zeros).first(part.size()));
  }
  return from_zero.total();
}

}  // namespace

bool Laq::should_send(const RuleInput& input) {
  observe(input.theta);
  const double change = squared_norm_of(input.proposal.message(), input.theta->size());
  const double error = input.proposal.left_out();
  const double threshold = movement(input.theta->iteration, input.size.in_threshold) +
                           config_.threshold_error * (error + error_) + config_.threshold_offset;
  delay_before_ = delay_;
  error_before_ = error_;
  const bool is_small = change < threshold;  // false for NaN, so that divergence arrives
  if (is_small && delay_ < config_.max_delay) {
    ++delay_;
    return false;
  }
  delay_ = 0;
  error_ = error;
  return true;
}

void Laq::rollback() {
  delay_ = delay_before_ + 1;
  error_ = error_before_;
}

void Laq::skip_iteration(const Model& theta, StepSize /*size*/) {
  observe(theta);
  ++delay_;
}

double Laq::movement(std::int64_t t, double gamma) const {
  if (t == 0) return 0;
  const auto steps = static_cast<double>(std::min<std::int64_t>(t, config_.window));
  const double divisor = gamma * config_.workers;
  return config_.threshold_scale / steps * moves_.sum() / (divisor * divisor);
}

void Laq::observe(const Model& theta) {
  if (theta->iteration > 0) moves_.add(theta->squared_step);
}

Bytes Laq::state_bytes() const { return moves_.state_bytes() + Bytes{sizeof(double)}; }

std::unique_ptr<SendRule> Laq::clone() const { return std::make_unique<Laq>(*this); }

void Laq::save(SavingArchive& archive) const {
  archive(delay_, error_);
  moves_.save(archive);
}

void Laq::load(LoadingArchive& archive) {
  archive(delay_, error_);
  moves_.load(archive);
}

namespace {

constexpr Parameter laq_parameters[] = {&max_delay_parameter, &window_parameter,
                                        &threshold_scale_parameter, &threshold_error_parameter,
                                        &threshold_offset_parameter};

}  // namespace

constinit const SendRuleKind laq_kind{
    .name = "laq",
    .summary =
        "unless the compressed change is small beside the model's steps and the "
        "compression's errors",
    .source = "Sun et al., arXiv 1909.07588, with the weights and the start of the authors' code",
    .parameters = laq_parameters,
    .make = [](const AlgorithmConfig& config, int workers) -> std::unique_ptr<SendRule> {
      return std::make_unique<Laq>(
          Laq::Config{.workers = config.reduction == Reduction::sum ? workers : 1,
                      .max_delay = static_cast<int>(config.get(max_delay_parameter)),
                      .window = static_cast<int>(config.get(window_parameter)),
                      .threshold_scale = config.get(threshold_scale_parameter),
                      .threshold_error = config.get(threshold_error_parameter),
                      .threshold_offset = config.get(threshold_offset_parameter)});
    },
    .skips = true,
    .compares_differences = true,
    .decides_by_offer = true};

}  // namespace gradwire::algorithms
