#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// Who holds the momentum.
enum class MomentumPlace { server, worker };

inline constexpr Choice momentum_places[] = {
    {"server", "one buffer, of the joined contributions, without gamma"},
    {"worker", "a buffer per worker, of its gradients; its direction is what is sent"}};
static_assert(has_row_for_each(momentum_places, MomentumPlace::worker));

inline constexpr NumberParameter momentum_parameter{.key = "momentum",
                                                    .help = "mu of PyTorch's SGD",
                                                    .range = {.at_least = 0, .below = 1},
                                                    .default_value = 0};
inline constexpr FlagParameter nesterov_parameter{
    .key = "nesterov",
    .help = "Nesterov's momentum, as PyTorch's SGD has it",
    .default_value = false};
inline constexpr NumberParameter dampening_parameter{
    .key = "dampening",
    .help = "of PyTorch's SGD: gradients after the first enter the momentum times 1 - dampening",
    .range = {.at_least = 0, .up_to = 1},
    .default_value = 0};
inline constexpr NumberParameter weight_decay_parameter{
    .key = "weight_decay",
    .help = "times theta is added to the gradient, as in PyTorch's SGD",
    .range = {.at_least = 0, .up_to = 1e6},
    .default_value = 0};
inline constexpr ChoiceParameter momentum_at_parameter{
    .key = "momentum_at",
    .help = "where momentum and weight decay act",
    .choices = momentum_places,
    .default_value = "server"};

/// The direction of PyTorch's SGD (torch.optim.SGD):
///   d = g + weight_decay theta;  b <- mu b + (1 - dampening) d (b <- d in the first step);
///   direction = b, or with Nesterov's momentum d + mu b
class Momentum {
 public:
  struct Config {
    float momentum = 0;
    bool nesterov = false;
    float weight_decay = 0;
    double dampening = 0;
  };
  Momentum(const Config& config, std::size_t d) : config_(config), d_(d) {}

  /// Replaces the gradient's entries from `begin` on by the direction's. theta, gradient: [n].
  /// Each step covers all entries in ascending order.
  void apply(std::size_t begin, std::span<const float> theta, std::span<float> gradient);

  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  Config config_;
  std::size_t d_;
  Vector buffer_;      ///< b, [d]; empty without momentum or before the first step
  bool first_ = true;  ///< the first step is not complete
};

/// The momentum that a configuration has at this place; nullopt if it has neither momentum nor
/// weight decay there.
[[nodiscard]] std::optional<Momentum> momentum_at(const AlgorithmConfig& config,
                                                  MomentumPlace place, std::size_t d);
/// Whether momentum_at() has a value.
[[nodiscard]] bool has_momentum_at(const AlgorithmConfig& config, MomentumPlace place);

/// An oracle whose gradient at the worker's model is the direction of its momentum.
class MomentumOracle final : public GradientOracle {
 public:
  /// Advances `momentum` by the gradient at theta. `inner` must outlive this object.
  MomentumOracle(Momentum& momentum, const Model& theta, GradientOracle& inner);
  /// The direction; theta: the model given to the constructor.
  std::span<const float> at(const Model& theta) override;
  double squared_distance(const Model& a, const Model& b) override {
    return inner_.squared_distance(a, b);
  }

 private:
  Model theta_;
  GradientOracle& inner_;
  Vector direction_;
};

}  // namespace gradwire::algorithms
