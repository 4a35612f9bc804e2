#pragma once

#include "sim/algorithms/server_steps/server_step.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// theta^{t+1} = theta^t - gamma h/(sqrt(u) + epsilon), or - gamma h/sqrt(u + epsilon), with the
/// weighted aggregate G and, elementwise,
///   h <- beta1 h + (1 - beta1) G
///   adam                v <- beta2 v + (1 - beta2) G^2                 u = v
///   yogi                v <- v - (1 - beta2) sign(v - G^2) G^2         u = v
///   amsgrad             v <- beta2 v + (1 - beta2) G^2                 u <- max(u, v)
///   amsgrad_of_largest  u <- max(u, beta2 u + (1 - beta2) G^2)
/// Without bias correction. All in single precision, rounded after each operation.
class Adaptive final : public ServerStep {
 public:
  enum class Rule { adam, yogi, amsgrad, amsgrad_of_largest };
  struct Config {
    Rule rule = Rule::amsgrad;
    double beta1 = 0.9;
    double beta2 = 0.999;
    float epsilon = 1e-8F;
    bool epsilon_inside = false;  ///< under the root
    float initial_second = 0;     ///< v^0, in each entry; with amsgrad u^0 as well
  };
  /// d: entries of the model.
  Adaptive(const Config& config, std::size_t d) : config_(config), d_(d) {}

  void step(std::size_t begin, StepFactors factors, std::span<const float> theta,
            std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) override;
  /// u, [d]; empty before the first step.
  [[nodiscard]] std::span<const float> second_moment() const {
    return config_.rule == Rule::amsgrad ? largest_ : second_;
  }
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<ServerStep> clone() const override {
    return std::make_unique<Adaptive>(*this);
  }
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  void start();
  /// Advances the entries from `begin` on by the aggregate's; returns those of u.
  std::span<const float> advance_second(std::size_t begin, std::span<const float> aggregate);

  Config config_;
  std::size_t d_;
  Vector first_;    ///< h, [d]; all are empty before the first step
  Vector second_;   ///< v, [d]; of amsgrad_of_largest: u
  Vector largest_;  ///< u of amsgrad, [d]; else empty
};

inline constexpr NumberParameter beta1_parameter{
    .key = "beta1",
    .help = "decay of the mean of the server's aggregates",
    .range = {.at_least = 0, .below = 1},
    .default_value = 0.9};
inline constexpr NumberParameter beta2_parameter{.key = "beta2",
                                                 .help = "decay of the mean of their squares",
                                                 .range = {.at_least = 0, .below = 1},
                                                 .default_value = 0.999};
inline constexpr NumberParameter epsilon_parameter{
    .key = "epsilon",
    .help =
        "added to the root of the mean square, or under it; the FedAdam and FedYogi paper calls "
        "it tau, and its squares start at tau^2",
    .range = {.at_least = 1e-30, .up_to = 1e6},
    .default_value = 1e-8};

enum class EpsilonPlace { outside, inside };
inline constexpr Choice epsilon_places[] = {
    {"outside", "h / (sqrt(v) + epsilon), as CADA's MATLAB code for ijcnn1"},
    {"inside", "h / sqrt(v + epsilon), as CADA's code for CIFAR-10"}};
static_assert(has_row_for_each(epsilon_places, EpsilonPlace::inside));
inline constexpr ChoiceParameter epsilon_place_parameter{.key = "epsilon_place",
                                                         .help = "where AMSGrad adds epsilon",
                                                         .choices = epsilon_places,
                                                         .default_value = "outside"};

enum class SecondMomentOf { latest, largest };
inline constexpr Choice second_moments[] = {
    {"latest", "the mean of squares itself, as CADA's code"},
    {"largest", "its largest value so far, as CADA's paper is remembered; not verified"}};
static_assert(has_row_for_each(second_moments, SecondMomentOf::largest));
inline constexpr ChoiceParameter second_moment_of_parameter{
    .key = "second_moment_of",
    .help = "to what AMSGrad adds the next square",
    .choices = second_moments,
    .default_value = "latest"};

extern const ServerStepKind adam_kind;
extern const ServerStepKind yogi_kind;
extern const ServerStepKind amsgrad_kind;

}  // namespace gradwire::algorithms
