#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/sampler.hpp"
#include "sim/learn/nets/gradient.hpp"
#include "sim/learn/nets/nets.hpp"
#include "sim/learn/nets/norm_statistics.hpp"
#include "sim/learn/nets/problem.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {

/// State shared by the iterations of one problem.
struct NetSharedState {
  NetSharedState(Dataset dataset, const NetProblem::Config& config, const RandomSource& draws);

  const Dataset data;
  const std::unique_ptr<const Net> net;
  const Sampler partition;
  const std::uint64_t seed;
  const std::string device;
  std::vector<std::int64_t> shape;  ///< of an image: channels, rows, columns
  NormStatistics norms;             ///< accessed between iterations only
  Pool<Vector> inputs;
  Pool<Vector> gradients;  ///< [d]
};

/// Batch-norm statistics of each worker's minibatch, [M], to be applied after the iteration; a
/// worker's are empty until computed.
struct PendingStatistics {
  std::vector<NormSample> samples;
};

class NetOracle;

/// Minibatches of one iteration. Shares ownership of the problem's shared state.
class NetMinibatches final : public Minibatches {
 public:
  NetMinibatches(std::shared_ptr<NetSharedState> shared, std::shared_ptr<PendingStatistics> log,
                 std::int64_t iteration, Model theta);
  ~NetMinibatches() override;

  GradientOracle& of(int worker) override;
  [[nodiscard]] BatchStatistics statistics(int worker) const override;
  void finished(int worker) override;

 private:
  friend class NetOracle;
  std::shared_ptr<NetSharedState> shared_;
  std::shared_ptr<PendingStatistics> log_;
  std::int64_t iteration_;
  std::shared_ptr<const EpochPermutation> order_;
  Model theta_;
  std::vector<std::unique_ptr<NetOracle>> oracles_;
};

}  // namespace gradwire::learn
