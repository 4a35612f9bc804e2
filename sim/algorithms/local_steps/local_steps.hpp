#pragma once

#include <cstddef>
#include <span>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/local_steps/minibatch_source.hpp"
#include "sim/algorithms/local_steps/update_kind.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// Local steps of one worker, from x = theta (or another start) on, each on its next minibatch:
///   d = direction of PyTorch's SGD for g(x) + mu (x - theta) + c - c_m,   x <- x - gamma d
/// with FedProx's mu, and SCAFFOLD's c of the server and c_m of the worker. Offers theta - x or the
/// sum of d. All in single precision, rounded after each operation.
class LocalSteps {
 public:
  struct Config {
    Offer offer = Offer::difference;
    float proximal = 0;      ///< mu
    double global_rate = 1;  ///< of the server's step
    int summed = 1;  ///< offers of an iteration if the server adds them up, 1 if it takes the mean
    bool has_variates = false;
  };
  explicit LocalSteps(const Config& config) : config_(config) {}

  /// What the worker offers, [d]. `start`: x at the beginning, or empty: theta. `momentum`: of the
  /// worker; may be null.
  Vector offer(const Model& theta, Vector start, double gamma, const LocalWork& work,
               Momentum* momentum);
  /// The server's factor on the joined offers.
  [[nodiscard]] double server_factor(StepSize size) const;

  /// SCAFFOLD, option II: c_m^+ - c_m = (theta - x)/(H gamma) - c of the newest offer, [d]; empty
  /// without control variates.
  [[nodiscard]] std::span<const float> variate_change() const { return change_; }
  /// c_m, [d]; empty: zeros.
  [[nodiscard]] std::span<const float> variate() const { return variate_; }
  /// The newest offer has arrived: c_m <- c_m^+.
  void delivered();

  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  struct Iteration {
    std::span<const float> theta;
    std::span<const float> common_variate;
    float gamma;
    Momentum* momentum;
    std::span<float> sum;  ///< of the directions; empty: not needed
  };
  /// x <- x - gamma d of the gradient g.   x, g: [d]
  void advance(const Iteration& iteration, std::span<const float> g, std::span<float> x);
  /// d <- d + mu (x - theta) + c - c_m, from `begin` on.
  void correct(const Iteration& iteration, std::size_t begin, std::span<const float> x,
               std::span<float> d) const;
  void set_change(std::span<const float> difference, double divisor,
                  std::span<const float> common_variate);

  Config config_;
  Vector variate_;  ///< c_m, [d]; empty before the first delivery
  Vector change_;   ///< [d], of the newest offer
};

/// An oracle for send rules: what the worker offers takes the place of its gradient at theta.
class OfferedVector final : public GradientOracle {
 public:
  /// `u` must outlive this object.
  OfferedVector(Model theta, std::span<const float> u) : theta_(std::move(theta)), u_(u) {}
  /// Throws std::logic_error at another model.
  std::span<const float> at(const Model& theta) override;
  double squared_distance(const Model& a, const Model& b) override;

 private:
  Model theta_;
  std::span<const float> u_;
};

/// The local steps of a configuration of which `drawn` workers take part in each iteration.
/// Precondition: has_local_steps().
[[nodiscard]] LocalSteps make_local_steps(const AlgorithmConfig& config, int drawn);

}  // namespace gradwire::algorithms
