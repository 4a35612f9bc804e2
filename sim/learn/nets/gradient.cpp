#include "sim/learn/nets/gradient.hpp"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <stdexcept>

#include "sim/core/error.hpp"

namespace gradwire::learn {
namespace {

/// A non-owning tensor over `data`, which may be written through only if it is really mutable.
at::Tensor view(std::span<const float> data, at::IntArrayRef shape) {
  return at::from_blob(const_cast<float*>(data.data()), shape, at::kFloat);
}

at::Device place_of(Device device) {
  switch (device) {
    case Device::cpu:
      return at::kCPU;
    case Device::cuda:
      return at::kCUDA;
  }
  throw std::logic_error("no such device");
}

/// The net's tensors as slices of theta, on the device (without a copy on the CPU).
std::vector<at::Tensor> tensors_of(const Net& net, std::span<const float> theta,
                                   const at::Device& device) {
  std::vector<at::Tensor> tensors;
  for (const TensorSlot& slot : net.layout().tensors()) {
    tensors.push_back(view(theta.subspan(slot.offset, slot.size), slot.shape).to(device));
  }
  return tensors;
}

void copy_to(const at::Tensor& tensor, std::span<float> out) {
  view(out, {static_cast<std::int64_t>(out.size())}).copy_(tensor.flatten());
}

}  // namespace

void check_device(Device device) {
  if (device != Device::cuda || at::hasCUDA()) return;
  throw InputError("/base/device",
                   "expected cpu, since this LibTorch has no CUDA or finds no GPU; got \"cuda\"");
}

NetBatch net_batch(std::span<const float> inputs, std::span<const Label> labels,
                   std::span<const std::int64_t> shape, Device device) {
  const auto samples = static_cast<std::int64_t>(labels.size());
  std::vector<std::int64_t> extents{samples};
  extents.insert(extents.end(), shape.begin(), shape.end());
  at::Tensor classes = at::empty({samples}, at::kLong);
  std::ranges::copy(labels, classes.data_ptr<std::int64_t>());
  const at::Device place = place_of(device);
  return {view(inputs, extents).to(place), classes.to(place)};
}

BatchStatistics net_gradient(const Net& net, std::span<const float> theta, const NetBatch& batch,
                             std::span<float> gradient, NormSample* norms) {
  const at::Device device = batch.images.device();
  const auto options = at::TensorOptions(device).dtype(at::kFloat);
  NetPass pass{.parameters = tensors_of(net, theta, device),
               .training = true,
               .norm_means = at::zeros({net.norms().size()}, options),
               .norm_variances = at::zeros({net.norms().size()}, options)};
  for (at::Tensor& parameter : pass.parameters) {
    parameter = parameter.detach().requires_grad_(true);
  }
  const at::Tensor logits = net.forward(pass, batch.images);
  const at::Tensor loss = at::cross_entropy_loss(logits, batch.labels);
  const auto gradients = torch::autograd::grad({loss}, pass.parameters);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const TensorSlot& slot = net.layout().tensors()[i];
    copy_to(gradients[i], gradient.subspan(slot.offset, slot.size));
  }
  if (norms != nullptr) {
    norms->means.resize(static_cast<std::size_t>(net.norms().size()));
    norms->variances.resize(norms->means.size());
    copy_to(pass.norm_means, norms->means);
    copy_to(pass.norm_variances, norms->variances);
  }
  return net_outcomes(logits.detach().cpu(), batch.labels.cpu());
}

at::Tensor net_logits(const Net& net, std::span<const float> theta, const NetBatch& batch,
                      const NormSample& norms) {
  const c10::InferenceMode guard;
  const at::Device device = batch.images.device();
  const NetPass pass{.parameters = tensors_of(net, theta, device),
                     .training = false,
                     .norm_means = view(norms.means, {net.norms().size()}).to(device),
                     .norm_variances = view(norms.variances, {net.norms().size()}).to(device)};
  return net.forward(pass, batch.images).cpu();
}

BatchStatistics net_outcomes(const at::Tensor& logits, const at::Tensor& labels) {
  const at::NoGradGuard guard;
  const at::Tensor log_likelihoods = logits.to(at::kDouble).log_softmax(1);
  const at::Tensor own = log_likelihoods.gather(1, labels.unsqueeze(1));
  // Number of classes whose logit exceeds the label's; equal logits do not count.
  const at::Tensor rank = logits.gt(logits.gather(1, labels.unsqueeze(1))).sum(1);
  return {.loss = -own.sum().item<double>(),
          .correct = logits.argmax(1).eq(labels).sum().item<std::int64_t>(),
          .samples = labels.size(0),
          .correct_top5 = rank.lt(5).sum().item<std::int64_t>()};
}

}  // namespace gradwire::learn
