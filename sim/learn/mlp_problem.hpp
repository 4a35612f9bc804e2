#pragma once

#include <memory>

#include "sim/learn/mlp_minibatches.hpp"

namespace gradwire::learn {

/// A fully connected net that learns to classify. From any thread, except that minibatches() is
/// called in the order of t.
class MlpProblem final : public Problem {
 public:
  /// Throws InputError (/base/workers, /base/batch_size) when the training set is too small.
  MlpProblem(Dataset dataset, const ModelConfig& model, int workers, int batch_size,
             const Draws& draws, const PartitionConfig& partition = {});

  [[nodiscard]] const Layout& layout() const override { return workshop_->net.layout(); }
  [[nodiscard]] Vector initial_parameters() const override;
  [[nodiscard]] std::int64_t iterations_per_epoch() const override;
  std::unique_ptr<Minibatches> minibatches(std::int64_t iteration, const Model& theta) override;
  Evaluation evaluate(const Model& theta) override;

  /// Training samples sent through the net so far: what memory and grouping save is seen here.
  [[nodiscard]] std::int64_t forwarded_samples() const { return workshop_->forwarded; }

 private:
  Draws draws_;
  std::shared_ptr<MlpWorkshop> workshop_;
  Pool<Pass<float>> chunks_;  ///< of evaluations; larger than those of minibatches
};

}  // namespace gradwire::learn
