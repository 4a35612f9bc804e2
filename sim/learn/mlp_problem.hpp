#pragma once

#include <cstdint>
#include <memory>
#include <vector>

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
  [[nodiscard]] std::shared_ptr<const KeptParameters> kept(const Model& theta) override {
    return workshop_->packed.kept(theta);
  }

  /// Training samples sent through the net so far: what memory and grouping save is seen here.
  [[nodiscard]] std::int64_t forwarded_samples() const { return workshop_->forwarded; }

 private:
  /// What one part of an evaluation works with; larger than a minibatch's.
  struct Chunk {
    std::vector<std::uint32_t> indices;
    std::vector<std::uint8_t> labels;
    Vector inputs;
    Pass<float> activations;
  };
  Evaluation evaluation(const Model& theta, const DoParts& each) override;

  Draws draws_;
  std::shared_ptr<MlpWorkshop> workshop_;
  Pool<Chunk> chunks_;
};

}  // namespace gradwire::learn
