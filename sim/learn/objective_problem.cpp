#include "sim/learn/objective_problem.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/kernels/arithmetic.hpp"
#include "sim/learn/gradient_distance.hpp"

namespace gradwire::learn {
namespace {

/// factor g(theta) + r'(theta), with the inner oracle's g.
class ObjectiveOracle final : public GradientOracle {
 public:
  /// Factors of g and of r. `inner` must outlive this object.
  ObjectiveOracle(GradientOracle& inner, double loss_factor, double regulariser_factor,
                  const Regulariser& regulariser)
      : inner_(inner),
        loss_factor_(static_cast<float>(loss_factor)),
        regulariser_{regulariser.l2 * regulariser_factor,
                     regulariser.nonconvex * regulariser_factor} {}

  std::span<const float> at(const Model& theta) override {
    const auto g = inner_.at(theta);
    gradient_.resize(g.size());
    scale(loss_factor_, g, gradient_);
    if (regulariser_.is_zero()) return gradient_;
    const auto parameters = theta->parameters();
    for (std::size_t i = 0; i < gradient_.size(); ++i) {
      gradient_[i] += static_cast<float>(regulariser_.derivative(parameters[i]));
    }
    return gradient_;
  }
  void prepare(const Model& theta) override { inner_.prepare(theta); }
  double squared_distance(const Model& a, const Model& b) override {
    if (!regulariser_.is_zero()) return squared_distance_of_gradients(*this, a, b);
    return static_cast<double>(loss_factor_) * loss_factor_ * inner_.squared_distance(a, b);
  }

 private:
  GradientOracle& inner_;
  float loss_factor_;
  Regulariser regulariser_;
  Vector gradient_;
};

/// A worker's minibatch for its own model.
class ObjectiveMinibatch final : public Minibatch {
 public:
  /// oracle: of *inner.
  ObjectiveMinibatch(std::unique_ptr<Minibatch> inner, ObjectiveOracle oracle)
      : inner_(std::move(inner)), oracle_(std::move(oracle)) {}
  std::span<const float> at(const Model& theta) override { return oracle_.at(theta); }
  void prepare(const Model& theta) override { oracle_.prepare(theta); }
  double squared_distance(const Model& a, const Model& b) override {
    return oracle_.squared_distance(a, b);
  }
  [[nodiscard]] BatchStatistics statistics() const override { return inner_->statistics(); }

 private:
  std::unique_ptr<Minibatch> inner_;
  ObjectiveOracle oracle_;
};

/// The minibatches of an iteration at a common model.
class ObjectiveMinibatches final : public Minibatches {
 public:
  /// oracles: of the workers of *inner, [M].
  ObjectiveMinibatches(std::unique_ptr<Minibatches> inner, std::vector<ObjectiveOracle> oracles)
      : inner_(std::move(inner)), oracles_(std::move(oracles)) {}
  GradientOracle& of(int worker) override { return oracles_.at(static_cast<std::size_t>(worker)); }
  [[nodiscard]] BatchStatistics statistics(int worker) const override {
    return inner_->statistics(worker);
  }
  void expect(int worker, const Model& theta) override { inner_->expect(worker, theta); }
  void finished(int worker) override { inner_->finished(worker); }

 private:
  std::unique_ptr<Minibatches> inner_;
  std::vector<ObjectiveOracle> oracles_;  ///< [M]
};

}  // namespace

ObjectiveProblem::ObjectiveProblem(std::unique_ptr<Problem> inner, const Config& config)
    : inner_(std::move(inner)),
      regulariser_{config.loss.l2, config.loss.nonconvex},
      evaluates_objective_(config.evaluates_objective && inner_->computes_shard_losses()),
      share_(config.weighting == Weighting::sum ? 1.0 : 1.0 / inner_->workers()) {
  for (const ShardContents& shard : inner_->shards()) samples_.push_back(shard.samples);
  const auto total =
      static_cast<double>(std::accumulate(samples_.begin(), samples_.end(), std::int64_t{0}));
  const bool at_server = config.weighting == Weighting::by_samples_at_server;
  const bool is_weighted = config.weighting == Weighting::by_samples || at_server;
  for (const std::int64_t samples : samples_) {
    const auto n = static_cast<double>(samples);
    const double weight = is_weighted ? workers() * n / total : 1.0;
    const double scale = config.loss.over == LossSum::sum ? n : 1.0;
    terms_.push_back({weight * scale, weight});
    of_workers_.push_back(at_server ? Terms{scale, 1.0} : terms_.back());
  }
}

std::unique_ptr<Minibatches> ObjectiveProblem::minibatches(std::int64_t iteration,
                                                           const Model& theta) {
  auto inner = inner_->minibatches(iteration, theta);
  std::vector<ObjectiveOracle> oracles;
  for (std::size_t m = 0; m < terms_.size(); ++m) {
    oracles.emplace_back(inner->of(static_cast<int>(m)), of_workers_[m].loss,
                         of_workers_[m].regulariser, regulariser_);
  }
  return std::make_unique<ObjectiveMinibatches>(std::move(inner), std::move(oracles));
}

std::shared_ptr<const PackedParameters> ObjectiveProblem::kept(const Model& theta) {
  return regulariser_.is_zero() ? inner_->kept(theta) : nullptr;  // r reads the plain parameters
}

std::unique_ptr<Minibatch> ObjectiveProblem::make_minibatch(int worker, const BatchRange& range,
                                                            const Model& own) {
  const Terms& terms = of_workers_.at(static_cast<std::size_t>(worker));
  auto inner = inner_->minibatch(worker, range, own);
  ObjectiveOracle oracle(*inner, terms.loss, terms.regulariser, regulariser_);
  return std::make_unique<ObjectiveMinibatch>(std::move(inner), std::move(oracle));
}

std::optional<double> ObjectiveProblem::smoothness() {
  std::vector<double> weights;
  for (std::size_t m = 0; m < terms_.size(); ++m) {
    weights.push_back(share_ * terms_[m].loss / static_cast<double>(samples_[m]));
  }
  const auto curvature = inner_->curvature(weights);
  if (!curvature) return std::nullopt;
  return *curvature + regulariser_.curvature();
}

std::vector<double> ObjectiveProblem::worker_smoothness() {
  std::vector<double> result;
  for (std::size_t m = 0; m < terms_.size(); ++m) {
    std::vector<double> weights(terms_.size());
    weights[m] = of_workers_[m].loss / static_cast<double>(samples_[m]);
    const auto curvature = inner_->curvature(weights);
    if (!curvature) return {};
    result.push_back(*curvature + of_workers_[m].regulariser * regulariser_.curvature());
  }
  return result;
}

Evaluation ObjectiveProblem::evaluation(const Model& theta, const ParallelFor& each) {
  Evaluation evaluation = inner_->evaluate(theta, each);
  if (!evaluates_objective_) return evaluation;
  if (!initial_value_) {
    const auto initial = std::make_shared<const ModelVersion>(0, initial_parameters());
    initial_value_ = objective(initial, each).value;
  }
  evaluation.objective = objective(theta, each);
  evaluation.objective->initial_value = *initial_value_;
  return evaluation;
}

Objective ObjectiveProblem::objective(const Model& theta, const ParallelFor& each) {
  constexpr std::size_t together = 16;  // workers whose gradients are in memory at the same time
  const std::size_t d = layout().size();
  const auto parameters = theta->parameters();
  Objective result;
  std::vector<double> gradient(d);
  double regulariser_factor = 0.0;
  for (std::size_t first = 0; first < terms_.size(); first += together) {
    const std::size_t count = std::min(together, terms_.size() - first);
    std::vector<std::vector<double>> gradients(count);
    std::vector<double> losses(count);
    each(count, [&](std::size_t i) {
      gradients[i].resize(d);
      losses[i] = inner_->add_shard_gradient(static_cast<int>(first + i), theta, gradients[i]);
    });
    for (std::size_t i = 0; i < count; ++i) {  // in the order of the workers
      const std::size_t m = first + i;
      const double factor = share_ * terms_[m].loss / static_cast<double>(samples_[m]);
      result.value += factor * losses[i];
      for (std::size_t j = 0; j < d; ++j) gradient[j] += factor * gradients[i][j];
      regulariser_factor += share_ * terms_[m].regulariser;
    }
  }
  result.value += regulariser_factor * regulariser_.value(parameters);
  for (std::size_t j = 0; j < d; ++j) {
    const double g = gradient[j] + regulariser_factor * regulariser_.derivative(parameters[j]);
    result.gradient_squared_norm += g * g;
  }
  return result;
}

}  // namespace gradwire::learn
