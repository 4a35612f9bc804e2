#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/regulariser.hpp"

namespace gradwire::learn {

/// How the objective joins those of the workers: F = sum_m f_m, (1/M) sum_m f_m, or
/// sum_m n_m/n f_m; at_server: the same, but the workers' gradients are those of the f_m
/// themselves, which the server weights.
enum class Weighting { sum, mean, by_samples, by_samples_at_server };

/// Another problem, whose workers have the objectives of "loss" (LossConfig):
///   f_m(theta) = scale_m (mean loss of worker m's samples) + r(theta)
/// scale_m is 1, or the number of the shard's samples n_m for losses that are summed. With weights
/// by samples, f_m is multiplied by M n_m / n, so that the mean over workers is F. Gradients of
/// minibatches are those of f_m; evaluations compute F over all training data if the inner problem
/// can. The reported losses are the inner problem's.
class ObjectiveProblem final : public Problem {
 public:
  struct Config {
    LossConfig loss;
    Weighting weighting = Weighting::mean;
    bool evaluates_objective = false;
  };
  /// inner: with shards() known.
  ObjectiveProblem(std::unique_ptr<Problem> inner, const Config& config);

  [[nodiscard]] const Layout& layout() const override { return inner_->layout(); }
  [[nodiscard]] int workers() const override { return inner_->workers(); }
  [[nodiscard]] Vector initial_parameters() const override { return inner_->initial_parameters(); }
  [[nodiscard]] std::int64_t iterations_per_epoch() const override {
    return inner_->iterations_per_epoch();
  }
  [[nodiscard]] int batch_size(int worker) const override { return inner_->batch_size(worker); }
  [[nodiscard]] double relative_cost(int worker) const override {
    return inner_->relative_cost(worker);
  }
  void completed(int worker, std::int64_t step) override { inner_->completed(worker, step); }
  void save_unfinished(std::ostream& out) override { inner_->save_unfinished(out); }
  void load_unfinished(std::istream& in) override { inner_->load_unfinished(in); }
  void forget_unfinished(int worker) override { inner_->forget_unfinished(worker); }
  void completed_apart(std::span<const CompletedSteps> workers) override {
    inner_->completed_apart(workers);
  }
  std::unique_ptr<Minibatches> minibatches(std::int64_t iteration, const Model& theta) override;
  [[nodiscard]] std::shared_ptr<const PackedParameters> kept(const Model& theta) override;
  [[nodiscard]] std::vector<ShardContents> shards() const override { return inner_->shards(); }
  /// curvature of the inner problem's part of F, and l2 + 2 nonconvex, once whatever the weighting,
  /// as in the LAG and EF21 papers' programs.
  [[nodiscard]] std::optional<double> smoothness() override;
  [[nodiscard]] std::vector<double> worker_smoothness() override;
  void save_state(std::ostream& out) override { inner_->save_state(out); }
  void load_state(std::istream& in) override { inner_->load_state(in); }
  [[nodiscard]] bool evaluation_has_state() const override {
    return inner_->evaluation_has_state();
  }

 private:
  std::unique_ptr<Minibatch> make_minibatch(int worker, const BatchRange& range,
                                            const Model& own) override;
  Evaluation evaluation(const Model& theta, const ParallelFor& each) override;
  [[nodiscard]] Objective objective(const Model& theta, const ParallelFor& each);

  /// Factors of f_m's two terms.
  struct Terms {
    double loss = 1;         ///< of the mean loss
    double regulariser = 1;  ///< of r
  };
  std::unique_ptr<Problem> inner_;
  Regulariser regulariser_;
  bool evaluates_objective_;
  std::optional<double> initial_value_;  ///< F(theta^0), once computed
  double share_;                         ///< of each f_m in F: 1 or 1/M
  std::vector<std::int64_t> samples_;    ///< [M], n_m
  std::vector<Terms> terms_;             ///< [M], in F
  std::vector<Terms> of_workers_;        ///< [M], in the workers' gradients
};

}  // namespace gradwire::learn
