#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/dataset.hpp"
#include "sim/learn/net_gradient.hpp"
#include "sim/learn/net_problem.hpp"
#include "sim/learn/nets/nets.hpp"
#include "sim/learn/norm_statistics.hpp"
#include "sim/learn/partition.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {

/// What the iterations of one problem share.
struct NetWorkshop {
  NetWorkshop(Dataset dataset, const NetProblem::Config& config, const Draws& draws);

  const Dataset data;
  const std::unique_ptr<const Net> net;
  const Partition partition;
  const std::uint64_t seed;
  const std::string device;
  std::vector<std::int64_t> shape;  ///< of an image: channels, rows, columns
  NormStatistics norms;             ///< used between iterations only
  Pool<Vector> inputs;
  Pool<Vector> gradients;  ///< [d]
};

/// What each worker's minibatch was in the batch-norm layers, [M]; empty until it was computed.
struct NormLog {
  std::vector<NormSample> samples;
};

class NetOracle;

/// One iteration's minibatches. Keeps its workshop alive.
class NetMinibatches final : public Minibatches {
 public:
  NetMinibatches(std::shared_ptr<NetWorkshop> workshop, std::shared_ptr<NormLog> log,
                 std::int64_t iteration, Model theta);
  ~NetMinibatches() override;

  GradientOracle& of(int worker) override;
  [[nodiscard]] BatchStatistics statistics(int worker) const override;
  void finished(int worker) override;

 private:
  friend class NetOracle;
  std::shared_ptr<NetWorkshop> workshop_;
  std::shared_ptr<NormLog> log_;
  std::int64_t iteration_;
  std::shared_ptr<const EpochOrder> order_;
  Model theta_;
  std::vector<std::unique_ptr<NetOracle>> oracles_;
};

}  // namespace gradwire::learn
