#pragma once

#include <cstdint>
#include <optional>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/data/data_identity.hpp"
#include "sim/learn/external/process_pool.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {

/// A model and data of the user, in processes that the user's command starts. Thread-safe. The
/// state of training is the model alone: a gradient is a function of model, worker and step (D45).
class ExternalProblem final : public Problem {
 public:
  struct Config {
    ExternalConfig external;
    int workers = 1;
    int batch_size = 1;
    std::uint64_t seed = 1;
    int processes = 1;  ///< at most as many gradients are computed at the same time
  };
  /// Starts the processes. Throws as ProcessPool.
  explicit ExternalProblem(const Config& config);

  [[nodiscard]] const Layout& layout() const override { return pool_.description().layout; }
  [[nodiscard]] int workers() const override { return config_.workers; }
  [[nodiscard]] Vector initial_parameters() const override;
  [[nodiscard]] std::int64_t iterations_per_epoch() const override;
  [[nodiscard]] int batch_size(int /*worker*/) const override { return config_.batch_size; }
  /// The identity of the data as stated by the processes; nullopt if they state none.
  [[nodiscard]] std::optional<DataIdentity> data() const;

 private:
  std::unique_ptr<Minibatch> make_minibatch(int worker, const BatchRange& range,
                                            const Model& own) override;
  /// By one process; `each` is not used.
  Evaluation evaluation(const Model& theta, const ParallelFor& each) override;

  Config config_;
  mutable external::ProcessPool pool_;
  Pool<Vector> gradients_;  ///< [d]
};

}  // namespace gradwire::learn
