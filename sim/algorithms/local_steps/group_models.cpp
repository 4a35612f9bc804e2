#include "sim/algorithms/local_steps/group_models.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

GroupModels::GroupModels(const Config& config) : config_(config) {}

Model GroupModels::of(int worker, const Model& theta) const {
  if (models_.empty()) return theta;
  return models_[static_cast<std::size_t>(worker / config_.group_size)];
}

void GroupModels::step(const Model& theta, std::span<const Message> differences) {
  if ((theta->iteration + 1) % config_.exchanges == 0) {
    models_.clear();
    return;
  }
  const int groups = (config_.workers + config_.group_size - 1) / config_.group_size;
  std::vector<Model> next;
  for (std::size_t g = 0; g < static_cast<std::size_t>(groups); ++g) {
    next.push_back(next_of(g, theta, differences));
  }
  models_ = std::move(next);
}

/// x_g - (1/S) sum_m u_m, rounded as the server's step is.
Model GroupModels::next_of(std::size_t group, const Model& theta,
                           std::span<const Message> differences) const {
  const auto size = static_cast<std::size_t>(config_.group_size);
  const std::size_t first = group * size;
  const auto own = differences.subspan(first, std::min(size, differences.size() - first));
  Vector sum(theta->size(), 0.0F);
  for (const Message& difference : own) add_to(difference, sum);
  Vector x = of(static_cast<int>(first), theta)->plain();
  add_scaled(-(1.0F / static_cast<float>(own.size())), sum, x);
  return std::make_shared<const ModelVersion>(theta->iteration + 1, std::move(x));
}

Bytes GroupModels::state_bytes() const {
  std::size_t floats = 0;
  for (const Model& model : models_) floats += model->size();
  return {static_cast<std::int64_t>(floats * sizeof(float))};
}

void GroupModels::save(SavingArchive& archive) const { archive(models_); }

void GroupModels::load(LoadingArchive& archive) { archive(models_); }

}  // namespace gradwire::algorithms
