#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/data/partition/sampler.hpp"
#include "sim/learn/mlp/shared_state.hpp"
#include "sim/learn/mlp/worker_groups.hpp"

namespace gradwire::learn {

class MlpMinibatch;

/// Minibatches of one iteration. Shares ownership of the problem's shared state.
class MlpMinibatches final : public Minibatches {
 public:
  MlpMinibatches(std::shared_ptr<MlpSharedState> shared, std::int64_t iteration, Model theta);
  ~MlpMinibatches() override;

  GradientOracle& of(int worker) override;
  /// Zeros until that worker's oracle has been evaluated at the iteration's model.
  [[nodiscard]] BatchStatistics statistics(int worker) const override;
  void finished(int worker) override;
  void expect(int worker, const Model& theta) override;

 private:
  GroupRows join(int worker, const Model& theta);

  std::shared_ptr<WorkerGroups> groups_;
  Model theta_;
  std::int64_t iteration_;
  std::vector<std::unique_ptr<MlpMinibatch>> workers_;
};

/// One worker's minibatch, computed in a separate pass.
[[nodiscard]] std::unique_ptr<Minibatch> make_mlp_minibatch(std::shared_ptr<MlpSharedState> shared,
                                                            int worker, const BatchRange& range,
                                                            const Model& own);

}  // namespace gradwire::learn
