#include "sim/algorithms/gossip/node_models.hpp"

#include <utility>

#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

NodeModels::NodeModels(int nodes, const Vector& initial) {
  for (int node = 0; node < nodes; ++node) {
    models_.push_back(std::make_shared<ModelVersion>(0, initial));
  }
}

void NodeModels::replace(int node, Vector parameters) {
  auto& model = models_[static_cast<std::size_t>(node)];
  model = std::make_shared<ModelVersion>(model->iteration + 1, std::move(parameters));
}

Bytes NodeModels::state_bytes() const {
  std::size_t entries = 0;
  for (const auto& model : models_) entries += model->size();
  return {static_cast<std::int64_t>(entries * sizeof(float))};
}

void NodeModels::save(SavingArchive& archive) const {
  for (const auto& model : models_) archive(*model);
}

void NodeModels::load(LoadingArchive& archive) {
  for (auto& model : models_) {
    model = std::make_shared<ModelVersion>();
    archive(*model);
  }
}

NodeDirections::NodeDirections(const AlgorithmConfig& config, int nodes, std::size_t d) {
  AlgorithmConfig at_worker = config;
  at_worker.set(momentum_at_parameter, "worker");
  const auto momentum = momentum_at(at_worker, MomentumPlace::worker, d);
  if (momentum) momenta_.assign(static_cast<std::size_t>(nodes), *momentum);
}

void NodeDirections::accumulate(int node, float alpha, const Model& theta, GradientOracle& gradient,
                                std::span<float> y, WriteObserver& observer) {
  if (momenta_.empty()) return gradient.accumulate(alpha, theta, y, observer);
  MomentumOracle direction(momenta_[static_cast<std::size_t>(node)], theta, gradient);
  direction.accumulate(alpha, theta, y, observer);
}

void NodeDirections::accumulate(int node, float alpha, const Model& theta, GradientOracle& gradient,
                                std::span<float> y) {
  NoObserver nobody;
  accumulate(node, alpha, theta, gradient, y, nobody);
}

void NodeDirections::add_to_sum(int node, std::span<const Weighted> terms, float alpha,
                                const Model& theta, GradientOracle& gradient, std::span<float> out,
                                WriteObserver& observer) {
  if (momenta_.empty()) return gradient.add_to_sum(terms, alpha, theta, out, observer);
  MomentumOracle direction(momenta_[static_cast<std::size_t>(node)], theta, gradient);
  direction.add_to_sum(terms, alpha, theta, out, observer);
}

void NodeDirections::add_to_sum(int node, std::span<const Weighted> terms, float alpha,
                                const Model& theta, GradientOracle& gradient,
                                std::span<float> out) {
  NoObserver nobody;
  add_to_sum(node, terms, alpha, theta, gradient, out, nobody);
}

void NodeDirections::write(int node, const Model& theta, GradientOracle& gradient,
                           std::span<float> out) {
  if (momenta_.empty()) return gradient.write_scaled(1.0F, theta, out);
  MomentumOracle direction(momenta_[static_cast<std::size_t>(node)], theta, gradient);
  direction.write_scaled(1.0F, theta, out);
}

Bytes NodeDirections::state_bytes() const {
  Bytes sum;
  for (const Momentum& momentum : momenta_) sum += momentum.state_bytes();
  return sum;
}

void NodeDirections::save(SavingArchive& archive) const {
  for (const Momentum& momentum : momenta_) momentum.save(archive);
}

void NodeDirections::load(LoadingArchive& archive) {
  for (Momentum& momentum : momenta_) momentum.load(archive);
}

}  // namespace gradwire::algorithms
