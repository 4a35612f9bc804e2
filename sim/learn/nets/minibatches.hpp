#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/partition/sampler.hpp"
#include "sim/learn/nets/gradient.hpp"
#include "sim/learn/nets/nets.hpp"
#include "sim/learn/nets/norm_statistics.hpp"
#include "sim/learn/nets/problem.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {

/// State shared by the minibatches of one problem.
struct NetSharedState {
  NetSharedState(Dataset dataset, const NetProblem::Config& config, const RandomSource& draws);

  const Dataset data;
  const std::unique_ptr<const Net> net;
  const LossConfig loss;
  const Sampler partition;
  const std::uint64_t seed;
  const Device device;
  std::vector<std::int64_t> shape;  ///< of an image: channels, rows, columns
  NormStatistics norms;             ///< accessed between iterations only
  PendingNorms pending;             ///< of minibatches at workers' own models
  Pool<Vector> inputs;
  Pool<Vector> gradients;  ///< [d]
};

/// The batch of these samples, with what the loss compares outputs with. inputs: as in net_batch();
/// indices, labels: [B].
[[nodiscard]] NetBatch batch_of(const NetSharedState& shared, const SampleSet& samples,
                                std::span<const std::uint32_t> indices,
                                std::span<const float> inputs, std::span<const Label> labels);

/// Batch-norm statistics of each worker's minibatch, [M], to be applied after the iteration; a
/// worker's are empty until computed.
struct PendingStatistics {
  std::vector<NormSample> samples;
};

/// The samples of one minibatch.
struct NetSamples {
  int worker = 0;
  std::int64_t step = 0;               ///< of the worker; selects the draws of augmentation
  std::vector<std::uint32_t> indices;  ///< of training samples
};

/// One worker's minibatch for its model `own`. Its pass there writes the batch-norm statistics to
/// `norms`, unless that is null.
[[nodiscard]] std::unique_ptr<Minibatch> make_net_minibatch(std::shared_ptr<NetSharedState> shared,
                                                            NetSamples samples, Model own,
                                                            std::shared_ptr<NormSample> norms);

class NetMinibatch;

/// Minibatches of one iteration. Shares ownership of the problem's shared state.
class NetMinibatches final : public Minibatches {
 public:
  NetMinibatches(const std::shared_ptr<NetSharedState>& shared,
                 const std::shared_ptr<PendingStatistics>& log, std::int64_t iteration,
                 const Model& theta);
  ~NetMinibatches() override;

  GradientOracle& of(int worker) override;
  [[nodiscard]] BatchStatistics statistics(int worker) const override;
  void finished(int worker) override;

 private:
  std::vector<std::unique_ptr<NetMinibatch>> workers_;
};

}  // namespace gradwire::learn
