#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/learn/dataset.hpp"
#include "sim/learn/draws.hpp"

namespace gradwire::learn {

struct NetWorkshop;
struct NormLog;

/// A net that LibTorch differentiates (nets/nets.hpp), learning to classify images. From any
/// thread, except that minibatches() and evaluate() are called in the order of t.
///
/// Batch norm: every worker's pass at the iteration's own model moves the running statistics once,
/// in the order of the workers, whether it then sends or not; a pass at a remembered model leaves
/// them alone.
class NetProblem final : public Problem {
 public:
  struct Config {
    ModelConfig model;
    PartitionConfig partition;
    int workers = 1;
    int batch_size = 1;
    std::string device = "cpu";
  };
  /// Throws InputError: a device that is not there, images the net cannot take, too little data.
  NetProblem(Dataset dataset, const Config& config, const Draws& draws);
  ~NetProblem() override;

  [[nodiscard]] const Layout& layout() const override;
  [[nodiscard]] Vector initial_parameters() const override;
  [[nodiscard]] std::int64_t iterations_per_epoch() const override;
  std::unique_ptr<Minibatches> minibatches(std::int64_t iteration, const Model& theta) override;
  void save_state(std::ostream& out) override;
  void load_state(std::istream& in) override;

 private:
  /// With statistics a worker, worker m's replica is tested on the m-th part of the test set.
  Evaluation evaluation(const Model& theta, const DoParts& each) override;
  /// Lets the last iteration's minibatches move the running statistics.
  void settle();

  Draws draws_;
  std::shared_ptr<NetWorkshop> workshop_;
  std::shared_ptr<NormLog> latest_;  ///< of the last iteration; null when settled
};

}  // namespace gradwire::learn
