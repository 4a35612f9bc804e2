#pragma once

#include <cstdint>

#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/server_steps/server_step.hpp"

namespace gradwire::algorithms {

/// theta^{t+1} = theta^t - gamma (V + weight_decay theta^t), V_i = sign(sum_m q_m,i) for signs q_m.
/// The sums are exact. gamma is a step per entry, unrelated to that of a gradient. Workers receive
/// V in place of the model. Without any contribution the model stays, and is sent itself.
class MajorityVote final : public ServerStep {
 public:
  /// V_i where the signs balance.
  enum class Ties { positive, zero };
  struct Config {
    Ties ties = Ties::positive;
    float weight_decay = 0;
  };
  MajorityVote(const Config& config, std::size_t d);

  void step(std::size_t begin, StepFactors factors, std::span<const float> theta,
            std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) override;
  /// V: one bit per entry; with ties zero a level in {-1, 0, 1}. No scale in either.
  [[nodiscard]] const Message* downlink() const override;
  [[nodiscard]] std::unique_ptr<ServerStep> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  /// Notes the vote on these sums, and writes it in their place.
  void vote(std::size_t begin, std::span<float> sums);

  Config config_;
  Message vote_;
  bool has_voted_ = false;
};

inline constexpr Choice ties_choices[] = {{"positive", "+1, so that a vote is one bit per entry"},
                                          {"zero", "0, a third symbol"}};
static_assert(has_row_for_each(ties_choices, MajorityVote::Ties::zero));
inline constexpr ChoiceParameter ties_parameter{.key = "ties",
                                                .help = "the vote where the signs balance",
                                                .choices = ties_choices,
                                                .default_value = "positive"};
extern const ServerStepKind majority_vote_kind;

}  // namespace gradwire::algorithms
