#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/layout.hpp"
#include "sim/kernels/vector.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/nets/norm_statistics.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// Samples as input tensors of a net.
struct NetBatch {
  at::Tensor images;        ///< [B, channels, rows, columns], on the device
  at::Tensor labels;        ///< [B], int64, on the device
  at::Tensor targets = {};  ///< [B], float, on the device; defined unless the loss is cross_entropy
  LossKind loss = LossKind::cross_entropy;
  std::uint64_t draws = 0;  ///< selects the random draws (dropout): the same at every model
};

/// Context of one forward pass: the parameters as tensors, and the mode and statistics of batch
/// norm.
struct NetPass {
  std::vector<at::Tensor> parameters;  ///< in the order of the net's layout
  bool training = true;
  /// Laid out as Net::initial_norms(). Training writes this batch's; evaluation reads them.
  at::Tensor norm_means;
  at::Tensor norm_variances;
};

/// Result of a forward pass.
struct NetOutput {
  at::Tensor logits;     ///< [B, classes], or [B, 1]
  at::Tensor loss = {};  ///< the batch's mean loss; undefined: that of the batch's loss
};

/// A model whose gradients LibTorch's autograd computes. Thread-safe.
class Net {
 public:
  virtual ~Net() = default;
  [[nodiscard]] virtual NetOutput forward(const NetPass& pass, const NetBatch& batch) const = 0;

  [[nodiscard]] const Layout& layout() const { return layout_; }
  /// What evaluation uses until a minibatch has moved it; empty without batch norm.
  [[nodiscard]] const NormSample& initial_norms() const { return initial_norms_; }
  [[nodiscard]] const NormUpdate& norm_update() const { return norm_update_; }
  /// theta^0, initialised as PyTorch initialises such layers by default.
  [[nodiscard]] virtual Vector initial_parameters(const RandomSource& draws) const;
  /// Number of parameters with random initial values; the others start from constants.
  [[nodiscard]] std::int64_t drawn_parameters() const;

 protected:
  /// Appends a tensor with initial values uniform in +-1/sqrt(fan_in) and returns its index.
  std::size_t add_weight(const std::string& name, std::vector<std::int64_t> shape,
                         std::int64_t fan_in);
  std::size_t add_constant(const std::string& name, std::vector<std::int64_t> shape, float value);
  /// Appends statistics of that many channels and returns the first one's place.
  std::int64_t add_norm(std::int64_t channels);

  Layout layout_;
  NormSample initial_norms_;
  NormUpdate norm_update_;

 private:
  struct Start {
    double bound = 0;    ///< of a random tensor
    float constant = 0;  ///< of any other tensor
  };
  std::vector<Start> starts_;  ///< one per tensor
};

}  // namespace gradwire::learn
