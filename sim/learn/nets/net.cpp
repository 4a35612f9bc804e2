#include "sim/learn/nets/net.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gradwire::learn {

std::size_t NormLayout::add(std::int64_t channels) {
  offsets_.push_back(size_);
  channels_.push_back(channels);
  size_ += channels;
  return offsets_.size() - 1;
}

Vector Net::initial_parameters(const RandomSource& draws) const {
  Vector theta(layout_.size());
  Initializer weights(draws);
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const TensorSlot& slot = layout_.tensors()[i];
    const auto tensor = std::span(theta).subspan(slot.offset, slot.size);
    if (starts_[i].bound > 0) {
      weights.uniform(i, starts_[i].bound, tensor);
    } else {
      std::ranges::fill(tensor, starts_[i].constant);
    }
  }
  return theta;
}

std::int64_t Net::drawn_parameters() const {
  std::int64_t drawn = 0;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    if (starts_[i].bound > 0) drawn += static_cast<std::int64_t>(layout_.tensors()[i].size);
  }
  return drawn;
}

std::size_t Net::add_weight(const std::string& name, std::vector<std::int64_t> shape,
                            std::int64_t fan_in) {
  layout_.add(name, std::move(shape));
  starts_.push_back({.bound = 1.0 / std::sqrt(static_cast<double>(fan_in))});
  return starts_.size() - 1;
}

std::size_t Net::add_constant(const std::string& name, std::vector<std::int64_t> shape,
                              float value) {
  layout_.add(name, std::move(shape));
  starts_.push_back({.constant = value});
  return starts_.size() - 1;
}

Convolution::Convolution(Net& net, const std::string& name, const ConvolutionShape& shape)
    : shape_(shape) {
  const std::int64_t fan_in = shape.in * shape.kernel * shape.kernel;
  weight_ =
      net.add_weight(name + ".weight", {shape.out, shape.in, shape.kernel, shape.kernel}, fan_in);
  bias_ = shape.bias ? net.add_weight(name + ".bias", {shape.out}, fan_in) : weight_;
}

at::Tensor Convolution::operator()(const NetPass& pass, const at::Tensor& x) const {
  const at::Tensor bias = shape_.bias ? pass.parameters[bias_] : at::Tensor{};
  return at::conv2d(x, pass.parameters[weight_], bias, shape_.stride, shape_.padding);
}

Linear::Linear(Net& net, const std::string& name, std::int64_t in, std::int64_t out)
    : weight_(net.add_weight(name + ".weight", {out, in}, in)),
      bias_(net.add_weight(name + ".bias", {out}, in)) {}

at::Tensor Linear::operator()(const NetPass& pass, const at::Tensor& x) const {
  return at::linear(x, pass.parameters[weight_], pass.parameters[bias_]);
}

BatchNorm::BatchNorm(Net& net, const std::string& name, std::int64_t channels)
    : weight_(net.add_constant(name + ".weight", {channels}, 1.0F)),
      bias_(net.add_constant(name + ".bias", {channels}, 0.0F)),
      channels_(channels) {
  offset_ = net.norms_.offset(net.norms_.add(channels));
}

at::Tensor BatchNorm::operator()(const NetPass& pass, const at::Tensor& x) const {
  constexpr double epsilon = 1e-5;
  constexpr double replace = 1.0;  // momentum 1: the "running" statistics are this batch's own
  return at::batch_norm(x, pass.parameters[weight_], pass.parameters[bias_],
                        pass.norm_means.narrow(0, offset_, channels_),
                        pass.norm_variances.narrow(0, offset_, channels_), pass.training, replace,
                        epsilon, at::globalContext().userEnabledCuDNN());
}

}  // namespace gradwire::learn
