#include "sim/learn/mlp_problem.hpp"

#include <algorithm>
#include <numeric>

namespace gradwire::learn {

MlpProblem::MlpProblem(Dataset dataset, const ModelConfig& model, int workers, int batch_size,
                       const Draws& draws, const PartitionConfig& partition)
    : draws_(draws) {
  auto dealt = deal(partition, dataset.train, workers, draws);
  workshop_ = std::make_shared<MlpWorkshop>(std::move(dataset), std::move(dealt), model, workers,
                                            batch_size, draws);
}

Vector MlpProblem::initial_parameters() const { return workshop_->net.initial_parameters(draws_); }

std::int64_t MlpProblem::iterations_per_epoch() const {
  return workshop_->partition.iterations_per_epoch();
}

std::unique_ptr<Minibatches> MlpProblem::minibatches(std::int64_t iteration, const Model& theta) {
  return std::make_unique<MlpMinibatches>(workshop_, iteration, theta);
}

Evaluation MlpProblem::evaluate(const Model& theta) {
  constexpr std::size_t chunk = 100;  // whose activations stay in the cache beside a panel
  const SampleSet& test = workshop_->data.test;
  const auto samples = static_cast<std::size_t>(test.count());
  const std::size_t width = workshop_->net.inputs();
  const auto weights = workshop_->packed.of(theta);
  const auto pass = chunks_.lease();
  Vector inputs(std::min(chunk, samples) * width);
  std::vector<std::uint32_t> indices(std::min(chunk, samples));
  std::vector<std::uint8_t> labels(indices.size());

  BatchStatistics sum;
  for (std::size_t first = 0; first < samples; first += chunk) {
    const std::size_t n = std::min(chunk, samples - first);
    const auto some = std::span(indices).first(n);
    std::iota(some.begin(), some.end(), static_cast<std::uint32_t>(first));
    test.gather(some, inputs, labels);
    workshop_->net.forward<float>(theta->parameters, *weights, std::span(inputs).first(n * width),
                                  std::span(labels).first(n), *pass);
    for (const BatchStatistics& one : pass->outcomes) sum += one;
  }
  const auto n = static_cast<double>(sum.samples);
  return {.loss = sum.loss / n,
          .accuracy = static_cast<double>(sum.correct) / n,
          .top5_accuracy = static_cast<double>(sum.correct_top5) / n,
          .sources = {}};
}

}  // namespace gradwire::learn
