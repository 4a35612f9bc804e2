#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/algorithms/local_steps/minibatch_source.hpp"
#include "sim/core/problem.hpp"

namespace gradwire::testing_support {

/// A worker's minibatches from one on; keeps the models at which they were requested.
class WorkerMinibatches final : public algorithms::MinibatchSource {
 public:
  /// `problem` must outlive this object.
  WorkerMinibatches(Problem& problem, int worker, std::int64_t first)
      : problem_(problem), worker_(worker), step_(first) {}
  GradientOracle& next(const Model& own) override {
    models.push_back(own->plain());
    minibatch_ = problem_.minibatch(worker_, step_++, own);
    return *minibatch_;
  }
  std::vector<Vector> models;

 private:
  Problem& problem_;
  int worker_;
  std::int64_t step_;
  std::unique_ptr<Minibatch> minibatch_;
};

}  // namespace gradwire::testing_support
