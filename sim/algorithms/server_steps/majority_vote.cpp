#include "sim/algorithms/server_steps/majority_vote.hpp"

#include <memory>
#include <vector>

#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/core/archive.hpp"
#include "sim/kernels/signs.hpp"

namespace gradwire::algorithms {
namespace {

Message blank_vote(MajorityVote::Ties ties, std::size_t d) {
  const std::vector<std::uint32_t> ends{static_cast<std::uint32_t>(d)};
  if (ties == MajorityVote::Ties::positive) {
    return Signs{
        .ends = ends, .scales = {}, .negative = std::vector<std::uint8_t>(bytes_of_signs(d))};
  }
  return Quantized{
      .most_level = 1, .ends = ends, .scales = {}, .levels = std::vector<std::int16_t>(d)};
}

}  // namespace

MajorityVote::MajorityVote(const Config& config, std::size_t d)
    : config_(config), vote_(blank_vote(config.ties, d)) {}

void MajorityVote::step(std::size_t begin, StepFactors factors, std::span<const float> theta,
                        std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) {
  has_voted_ = !factors.is_empty;
  if (has_voted_) {
    vote(begin, aggregate);
    if (config_.weight_decay != 0) add_scaled(config_.weight_decay, theta, aggregate);
  }
  take_step(-factors.gamma, theta, aggregate, next, moved);
}

void MajorityVote::vote(std::size_t begin, std::span<float> sums) {
  if (auto* const signs = std::get_if<Signs>(&vote_)) {  // begin is a multiple of 8
    const auto bits = std::span(signs->negative).subspan(begin / 8, bytes_of_signs(sums.size()));
    take_signs(sums, bits);
    return;
  }
  const auto levels = std::span(std::get<Quantized>(vote_).levels).subspan(begin, sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const int level = (sums[i] > 0 ? 1 : 0) - (sums[i] < 0 ? 1 : 0);
    levels[i] = static_cast<std::int16_t>(level);
    sums[i] = static_cast<float>(level);
  }
}

const Message* MajorityVote::downlink() const { return has_voted_ ? &vote_ : nullptr; }

std::unique_ptr<ServerStep> MajorityVote::clone() const {
  return std::make_unique<MajorityVote>(*this);
}

void MajorityVote::save(SavingArchive& archive) const { archive(vote_, has_voted_); }
void MajorityVote::load(LoadingArchive& archive) { archive(vote_, has_voted_); }

namespace {

constexpr Parameter majority_vote_parameters[] = {&ties_parameter, &momentum_parameter,
                                                  &nesterov_parameter, &weight_decay_parameter,
                                                  &momentum_at_parameter};

}  // namespace

constinit const ServerStepKind majority_vote_kind{
    .name = "majority_vote",
    .summary =
        "moves each entry by gamma against the sign that most workers sent; weight decay "
        "acts after the vote, momentum at the workers only",
    .source = "Bernstein et al., arXiv 1810.05291, Algorithm 1",
    .parameters = majority_vote_parameters,
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<ServerStep> {
      return std::make_unique<MajorityVote>(
          MajorityVote::Config{
              .ties = config.choice<MajorityVote::Ties>(ties_parameter),
              .weight_decay = static_cast<float>(config.get(weight_decay_parameter))},
          layout.size());
    },
    .applies_gamma = [](const AlgorithmConfig& /*config*/) { return true; },
    .counts_signs = true,
    .decays_weights = true};

}  // namespace gradwire::algorithms
