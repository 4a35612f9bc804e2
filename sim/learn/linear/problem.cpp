#include "sim/learn/linear/problem.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/learn/gradient_distance.hpp"
#include "sim/learn/initial_parameters.hpp"
#include "sim/learn/linear/largest_eigenvalue.hpp"

namespace gradwire::learn {

/// One worker's minibatch at any model.
class LinearProblem::Batch final : public Minibatch {
 public:
  Batch(std::shared_ptr<const Shared> shared, std::vector<std::uint32_t> samples, Model own)
      : shared_(std::move(shared)), samples_(std::move(samples)), own_(std::move(own)) {}

  std::span<const float> at(const Model& theta) override {
    if (gradient_of_ == theta) return gradient_;
    std::vector<double> sum(theta->size());
    const BatchStatistics statistics =
        shared_->model.add_gradient(theta->parameters(), shared_->data.train, samples_, sum);
    if (theta == own_) statistics_ = statistics;
    gradient_.resize(sum.size());
    const auto n = static_cast<double>(samples_.size());
    std::ranges::transform(sum, gradient_.begin(),
                           [n](double g) { return static_cast<float>(g / n); });
    gradient_of_ = theta;
    return gradient_;
  }
  double squared_distance(const Model& a, const Model& b) override {
    return a == b ? 0.0 : squared_distance_of_gradients(*this, a, b);
  }
  [[nodiscard]] BatchStatistics statistics() const override { return statistics_; }

 private:
  std::shared_ptr<const Shared> shared_;
  std::vector<std::uint32_t> samples_;
  Model own_;
  Model gradient_of_;
  Vector gradient_;
  BatchStatistics statistics_;
};

LinearProblem::LinearProblem(Dataset dataset, const Config& config, const RandomSource& draws)
    : draws_(draws), loss_(config.loss), initial_(config.model.initial) {
  shared_ = std::make_shared<const Shared>(std::move(dataset), config, draws);
}

LinearProblem::Shared::Shared(Dataset dataset, const Config& config, const RandomSource& draws)
    : data(std::move(dataset)),
      model({.inputs = data.train.dimension(),
             .classes = data.classes,
             .bias = config.model.bias,
             .loss = config.loss.name}),
      sampler(make_shards(config.partition, data.train, config.workers, draws), config.batch_size,
              draws, static_cast<std::int64_t>(model.layout().size())) {}

Vector LinearProblem::initial_parameters() const {
  return learn::initial_parameters(initial_, layout(),
                                   [this] { return shared_->model.initial_parameters(draws_); });
}

std::unique_ptr<Minibatch> LinearProblem::make_minibatch(int worker, const BatchRange& range,
                                                         const Model& own) {
  return std::make_unique<Batch>(shared_, shared_->sampler.batch(worker, range), own);
}

double LinearProblem::add_shard_gradient(int worker, const Model& theta,
                                         std::span<double> gradient) {
  return shared_->model
      .add_gradient(theta->parameters(), shared_->data.train, shared_->sampler.shards().of(worker),
                    gradient)
      .loss;
}

std::optional<double> LinearProblem::curvature(std::span<const double> weights) {
  const LinearModel& model = shared_->model;
  const auto product = [&](std::span<const double> v, std::span<double> out) {
    std::ranges::fill(out, 0.0);
    for (int m = 0; m < workers(); ++m) {
      const double weight = weights[static_cast<std::size_t>(m)];
      if (weight == 0) continue;
      model.add_gram_product(shared_->data.train, shared_->sampler.shards().of(m), weight, v, out);
    }
  };
  return model.curvature() * largest_eigenvalue(model.columns(), product);
}

Evaluation LinearProblem::evaluation(const Model& theta, const ParallelFor& each) {
  constexpr std::size_t chunk = 1000;
  const SampleSet& test = shared_->data.test;
  const auto samples = static_cast<std::size_t>(test.count());
  std::vector<BatchStatistics> parts((samples + chunk - 1) / chunk);
  each(parts.size(), [&](std::size_t part) {
    std::vector<std::uint32_t> indices(std::min(chunk, samples - part * chunk));
    std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(part * chunk));
    parts[part] = shared_->model.add_gradient(theta->parameters(), test, indices, {});
  });
  BatchStatistics sum;
  for (const BatchStatistics& part : parts) sum += part;
  const auto n = static_cast<double>(sum.samples);
  Evaluation evaluation{.loss = sum.loss / n};
  if (!loss_.predicts_classes()) return evaluation;
  evaluation.accuracy = static_cast<double>(sum.correct) / n;
  evaluation.top5_accuracy = static_cast<double>(sum.correct_top5) / n;
  return evaluation;
}

}  // namespace gradwire::learn
