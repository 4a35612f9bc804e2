#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The models thetahat_m at which the workers computed their newest contributions, as the server
/// of LAG-PS and LASG-PS stores them.
class ContributionModels {
 public:
  explicit ContributionModels(std::size_t workers) : models_(workers), squared_(workers) {}

  /// Begins the iteration at theta^t.
  void begin(const Model& theta);
  /// The worker's upload of the open iteration has arrived.
  void received(std::size_t worker) { models_[worker] = theta_; }

  /// ||theta^t - thetahat_m||^2 in the open iteration; infinite before the first contribution.
  [[nodiscard]] double squared_distance(std::size_t worker) const { return squared_[worker]; }
  /// Iterations since thetahat_m; the largest number before the first contribution.
  [[nodiscard]] std::int64_t age(std::size_t worker) const;

  /// Size of the distinct models.
  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  std::vector<Model> models_;    ///< [M] thetahat_m; null before the first contribution
  Model theta_;                  ///< theta^t of the open iteration
  std::vector<double> squared_;  ///< [M] ||theta^t - thetahat_m||^2
};

}  // namespace gradwire::algorithms
