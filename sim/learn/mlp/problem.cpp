#include "sim/learn/mlp/problem.hpp"

#include <algorithm>
#include <numeric>

#include "sim/learn/initial_parameters.hpp"

namespace gradwire::learn {

MlpProblem::MlpProblem(Dataset dataset, const ModelConfig& model, int workers, BatchSize batch_size,
                       const RandomSource& draws, const PartitionConfig& partition)
    : draws_(draws), initial_(model.initial) {
  auto shards = make_shards(partition, dataset.train, workers, draws);
  shared_ = std::make_shared<MlpSharedState>(std::move(dataset), std::move(shards), model,
                                             batch_size, draws);
}

Vector MlpProblem::initial_parameters() const {
  return learn::initial_parameters(initial_, layout(),
                                   [this] { return shared_->net.initial_parameters(draws_); });
}

std::int64_t MlpProblem::iterations_per_epoch() const {
  return shared_->partition.iterations_per_epoch();
}

double MlpProblem::add_shard_gradient(int worker, const Model& theta, std::span<double> gradient) {
  constexpr std::size_t chunk = 100;
  const Mlp& net = shared_->net;
  const SampleSet& train = shared_->data.train;
  const std::vector<double> wide(theta->parameters().begin(), theta->parameters().end());
  PackedWeights<double> weights;
  net.pack<double>(wide, weights);
  const auto samples = shared_->partition.shards().of(worker);
  Vector inputs(chunk * net.inputs());
  Buffer<double> wide_inputs(inputs.size());
  std::vector<Label> labels(chunk);
  Pass<double> pass;
  double loss = 0.0;
  for (std::size_t begin = 0; begin < samples.size(); begin += chunk) {
    const std::size_t n = std::min(chunk, samples.size() - begin);
    const std::span<const Label> own_labels = std::span(labels).first(n);
    train.gather(samples.subspan(begin, n), inputs, labels);
    widen(inputs, wide_inputs);
    net.forward<double>(weights, std::span(wide_inputs).first(n * net.inputs()), own_labels, pass);
    net.backward<double>(weights, own_labels, 1, pass);
    net.gradient<double>(pass, {0, n}, 1.0, Into::add, gradient);
    loss += pass.statistics({0, n}).loss;
  }
  return loss;
}

std::unique_ptr<Minibatches> MlpProblem::minibatches(std::int64_t iteration, const Model& theta) {
  return std::make_unique<MlpMinibatches>(shared_, iteration, theta);
}

Evaluation MlpProblem::evaluation(const Model& theta, const ParallelFor& each) {
  constexpr std::size_t chunk = 100;  // its activations fit in the cache together with a panel
  const SampleSet& test = shared_->data.test;
  const auto samples = static_cast<std::size_t>(test.count());
  const std::size_t width = shared_->net.inputs();
  const auto weights = shared_->packed.of(theta);
  std::vector<BatchStatistics> outcomes(samples);

  each((samples + chunk - 1) / chunk, [&](std::size_t part) {
    const std::size_t first = part * chunk;
    const std::size_t n = std::min(chunk, samples - first);
    const auto pass = chunks_.lease();
    pass->inputs.resize(n * width);
    pass->indices.resize(n);
    pass->labels.resize(n);
    std::iota(pass->indices.begin(), pass->indices.end(), static_cast<std::uint32_t>(first));
    test.gather(pass->indices, pass->inputs, pass->labels);
    shared_->net.forward<float>(*weights, pass->inputs, pass->labels, pass->activations);
    std::ranges::copy(pass->activations.outcomes,
                      outcomes.begin() + static_cast<std::ptrdiff_t>(first));
  });

  BatchStatistics sum;
  for (const BatchStatistics& one : outcomes) sum += one;
  const auto n = static_cast<double>(sum.samples);
  return {.loss = sum.loss / n,
          .accuracy = static_cast<double>(sum.correct) / n,
          .top5_accuracy = static_cast<double>(sum.correct_top5) / n,
          .sources = {}};
}

}  // namespace gradwire::learn
