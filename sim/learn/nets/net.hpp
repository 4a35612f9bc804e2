#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/core/layout.hpp"
#include "sim/core/vector.hpp"
#include "sim/learn/draws.hpp"

namespace gradwire::learn {

/// Channels of each batch-norm layer of a net, laid end to end.
class NormLayout {
 public:
  /// Appends a layer; its number.
  std::size_t add(std::int64_t channels);
  [[nodiscard]] std::size_t layers() const { return offsets_.size(); }
  [[nodiscard]] std::int64_t offset(std::size_t layer) const { return offsets_[layer]; }
  [[nodiscard]] std::int64_t channels(std::size_t layer) const { return channels_[layer]; }
  /// Channels of all layers together.
  [[nodiscard]] std::int64_t size() const { return size_; }

 private:
  std::vector<std::int64_t> offsets_;
  std::vector<std::int64_t> channels_;
  std::int64_t size_ = 0;
};

/// One pass of samples through a net: its parameters as tensors, and what batch norm does.
struct NetPass {
  std::vector<at::Tensor> parameters;  ///< as the net's layout lists them
  bool training = true;
  /// Means and unbiased variances of the batch-norm layers, [channels] each laid as NormLayout
  /// says. Training writes this batch's own; evaluation reads them.
  at::Tensor norm_means;
  at::Tensor norm_variances;
};

/// A model whose gradients LibTorch's autograd computes. Stateless, so used from any thread.
class Net {
 public:
  virtual ~Net() = default;
  /// images: [B, channels, rows, columns]; the result: logits [B, classes].
  [[nodiscard]] virtual at::Tensor forward(const NetPass& pass, at::Tensor images) const = 0;

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] const NormLayout& norms() const { return norms_; }
  /// theta^0 as PyTorch initialises such layers.
  [[nodiscard]] Vector initial_parameters(const Draws& draws) const;
  /// How many of the parameters are drawn; the others are constants.
  [[nodiscard]] std::int64_t drawn_parameters() const;

 protected:
  friend class Convolution;
  friend class Linear;
  friend class BatchNorm;
  /// Appends a tensor, uniform in +-1/sqrt(fan_in) at the start; its number.
  std::size_t add_weight(const std::string& name, std::vector<std::int64_t> shape,
                         std::int64_t fan_in);
  std::size_t add_constant(const std::string& name, std::vector<std::int64_t> shape, float value);

 private:
  struct Start {
    double bound = 0;    ///< of a drawn tensor
    float constant = 0;  ///< of any other
  };
  Layout layout_;
  NormLayout norms_;
  std::vector<Start> starts_;  ///< a tensor each
};

// The layers that nets are put together of. Each adds its tensors to the net when it is made, in
// PyTorch's order and under PyTorch's names.

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
