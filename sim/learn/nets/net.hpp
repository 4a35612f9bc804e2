#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/core/layout.hpp"
#include "sim/kernels/vector.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// Channels of a net's batch-norm layers, concatenated.
class NormLayout {
 public:
  /// Appends a layer and returns its index.
  std::size_t add(std::int64_t channels);
  [[nodiscard]] std::size_t layers() const { return offsets_.size(); }
  [[nodiscard]] std::int64_t offset(std::size_t layer) const { return offsets_[layer]; }
  [[nodiscard]] std::int64_t channels(std::size_t layer) const { return channels_[layer]; }
  /// Number of channels of all layers together.
  [[nodiscard]] std::int64_t size() const { return size_; }

 private:
  std::vector<std::int64_t> offsets_;
  std::vector<std::int64_t> channels_;
  std::int64_t size_ = 0;
};

/// Context of one forward pass: the parameters as tensors, and the mode and statistics of batch
/// norm.
struct NetPass {
  std::vector<at::Tensor> parameters;  ///< in the order of the net's layout
  bool training = true;
  /// Means and unbiased variances of the batch-norm layers, [channels] each, laid out by
  /// NormLayout. Training writes those of this batch; evaluation reads them.
  at::Tensor norm_means;
  at::Tensor norm_variances;
};

/// A model whose gradients LibTorch's autograd computes. Stateless, hence thread-safe.
class Net {
 public:
  virtual ~Net() = default;
  /// images: [B, channels, rows, columns]. Returns the logits, [B, classes].
  [[nodiscard]] virtual at::Tensor forward(const NetPass& pass, at::Tensor images) const = 0;

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] const NormLayout& norms() const { return norms_; }
  /// theta^0, initialised as PyTorch initialises such layers by default.
  [[nodiscard]] Vector initial_parameters(const RandomSource& draws) const;
  /// Number of parameters with random initial values; the others start from constants.
  [[nodiscard]] std::int64_t drawn_parameters() const;

 protected:
  friend class Convolution;
  friend class Linear;
  friend class BatchNorm;
  /// Appends a tensor with initial values uniform in +-1/sqrt(fan_in) and returns its index.
  std::size_t add_weight(const std::string& name, std::vector<std::int64_t> shape,
                         std::int64_t fan_in);
  std::size_t add_constant(const std::string& name, std::vector<std::int64_t> shape, float value);

 private:
  struct Start {
    double bound = 0;    ///< of a random tensor
    float constant = 0;  ///< of any other tensor
  };
  Layout layout_;
  NormLayout norms_;
  std::vector<Start> starts_;  ///< one per tensor
};

// Layers, from which nets are composed. Their constructors add their tensors to the net, in
// PyTorch's order and with PyTorch's names.

struct ConvolutionShape {
  std::int64_t in = 1;   ///< channels
  std::int64_t out = 1;  ///< channels
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 1;
  bool bias = false;
};

class Convolution {
 public:
  Convolution(Net& net, const std::string& name, const ConvolutionShape& shape);
  at::Tensor operator()(const NetPass& pass, const at::Tensor& x) const;

 private:
  ConvolutionShape shape_;
  std::size_t weight_;
  std::size_t bias_;
};

class Linear {
 public:
  Linear(Net& net, const std::string& name, std::int64_t in, std::int64_t out);
  at::Tensor operator()(const NetPass& pass, const at::Tensor& x) const;

 private:
  std::size_t weight_;
  std::size_t bias_;
};

class BatchNorm {
 public:
  BatchNorm(Net& net, const std::string& name, std::int64_t channels);
  at::Tensor operator()(const NetPass& pass, const at::Tensor& x) const;

 private:
  std::size_t weight_;
  std::size_t bias_;
  std::int64_t offset_;
  std::int64_t channels_;
};

}  // namespace gradwire::learn
