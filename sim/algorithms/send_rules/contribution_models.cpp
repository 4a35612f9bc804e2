#include "sim/algorithms/send_rules/contribution_models.hpp"

#include <limits>
#include <map>
#include <set>

#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {
namespace {

double squared_distance_of(const ModelVersion& newest, const ModelVersion& older) {
  if (!older.kept()) return squared_distance(newest.parameters(), older.parameters());
  const Vector plain = older.plain();
  return squared_distance(newest.parameters(), plain);
}

}  // namespace

void ContributionModels::begin(const Model& theta) {
  theta_ = theta;
  std::map<Model, double> known;  // workers share models
  known[nullptr] = std::numeric_limits<double>::infinity();
  for (std::size_t m = 0; m < models_.size(); ++m) {
    const auto [place, is_new] = known.try_emplace(models_[m]);
    if (is_new) place->second = squared_distance_of(*theta_, *models_[m]);
    squared_[m] = place->second;
  }
}

std::int64_t ContributionModels::age(std::size_t worker) const {
  const Model& model = models_[worker];
  return model ? theta_->iteration - model->iteration : std::numeric_limits<std::int64_t>::max();
}

Bytes ContributionModels::state_bytes() const {
  Bytes total;
  for (const Model& model : std::set<Model>(models_.begin(), models_.end())) {
    if (model) total += Bytes{static_cast<std::int64_t>(model->size() * sizeof(float))};
  }
  return total;
}

void ContributionModels::save(SavingArchive& archive) const { archive(models_); }

void ContributionModels::load(LoadingArchive& archive) { archive(models_); }

}  // namespace gradwire::algorithms
