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

std::int64_t size_of(const Vector& vector) { return static_cast<std::int64_t>(vector.size()); }

at::Tensor zeros_like(const Vector& vector, const at::Device& device) {
  return at::zeros({size_of(vector)}, at::TensorOptions(device).dtype(at::kFloat));
}

NetOutput on_cpu(const NetOutput& output) {
  return {.logits = output.logits.detach().cpu(),
          .loss = output.loss.defined() ? output.loss.detach().cpu() : at::Tensor{}};
}

at::Tensor mean_loss(const at::Tensor& outputs, const NetBatch& batch) {
  switch (batch.loss) {
    case LossKind::cross_entropy:
      return at::cross_entropy_loss(outputs, batch.labels);
    case LossKind::logistic:
      return at::softplus(-(outputs.flatten() * batch.targets)).mean();
    case LossKind::squared:
      return (outputs.flatten() - batch.targets).square().mean() / 2;
  }
  throw std::logic_error("no such loss");
}

/// The sum of the samples' losses, where the net does not compute its own.
double summed_loss(const at::Tensor& outputs, const NetBatch& batch) {
  return mean_loss(outputs.to(at::kDouble), batch).item<double>() *
         static_cast<double>(outputs.size(0));
}

/// Of single outputs, whose sign predicts that of the target.
BatchStatistics outcomes_by_sign(const NetOutput& output, const NetBatch& batch) {
  const at::Tensor targets = batch.targets.cpu();
  const std::int64_t samples = targets.size(0);
  const NetBatch here{
      .images = {}, .labels = {}, .targets = targets.to(at::kDouble), .loss = batch.loss};
  return {.loss = output.loss.defined() ? output.loss.item<double>() * static_cast<double>(samples)
                                        : summed_loss(output.logits, here),
          .correct = output.logits.flatten().gt(0).eq(targets.gt(0)).sum().item<std::int64_t>(),
          .samples = samples,
          .correct_top5 = samples};
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

NetBatch with_targets(NetBatch batch, LossKind loss, std::span<const float> targets) {
  batch.loss = loss;
  batch.targets =
      view(targets, {static_cast<std::int64_t>(targets.size())}).clone().to(batch.images.device());
  return batch;
}

BatchStatistics net_gradient(const Net& net, std::span<const float> theta, const NetBatch& batch,
                             std::span<float> gradient, NormSample* norms) {
  const at::Device device = batch.images.device();
  NetPass pass{.parameters = tensors_of(net, theta, device),
               .training = true,
               .norm_means = zeros_like(net.initial_norms().means, device),
               .norm_variances = zeros_like(net.initial_norms().variances, device)};
  for (at::Tensor& parameter : pass.parameters) {
    parameter = parameter.detach().requires_grad_(true);
  }
  const NetOutput output = net.forward(pass, batch);
  const at::Tensor loss = output.loss.defined() ? output.loss : mean_loss(output.logits, batch);
  const auto gradients = torch::autograd::grad({loss}, pass.parameters, {}, c10::nullopt,
                                               /*create_graph=*/false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const TensorSlot& slot = net.layout().tensors()[i];
    const std::span<float> out = gradient.subspan(slot.offset, slot.size);
    if (gradients[i].defined()) {
      copy_to(gradients[i], out);
    } else {  // the loss does not depend on it
      std::ranges::fill(out, 0.0F);
    }
  }
  if (norms != nullptr) {
    norms->means.resize(net.initial_norms().means.size());
    norms->variances.resize(net.initial_norms().variances.size());
    copy_to(pass.norm_means, norms->means);
    copy_to(pass.norm_variances, norms->variances);
  }
  return net_outcomes(on_cpu(output), batch);
}

NetOutput net_output(const Net& net, std::span<const float> theta, const NetBatch& batch,
                     const NormSample& norms) {
  const c10::InferenceMode guard;
  const at::Device device = batch.images.device();
  const NetPass pass{
      .parameters = tensors_of(net, theta, device),
      .training = false,
      .norm_means = view(norms.means, {size_of(norms.means)}).to(device),
      .norm_variances = view(norms.variances, {size_of(norms.variances)}).to(device)};
  return on_cpu(net.forward(pass, batch));
}

BatchStatistics net_outcomes(const NetOutput& output, const NetBatch& batch) {
  const at::NoGradGuard guard;
  if (batch.loss != LossKind::cross_entropy) return outcomes_by_sign(output, batch);
  const at::Tensor labels = batch.labels.cpu();
  const at::Tensor& logits = output.logits;
  const at::Tensor log_likelihoods = logits.to(at::kDouble).log_softmax(1);
  const at::Tensor own = log_likelihoods.gather(1, labels.unsqueeze(1));
  // Number of classes whose logit exceeds the label's; equal logits do not count.
  const at::Tensor rank = logits.gt(logits.gather(1, labels.unsqueeze(1))).sum(1);
  const double loss = output.loss.defined()
                          ? output.loss.item<double>() * static_cast<double>(labels.size(0))
                          : -own.sum().item<double>();
  return {.loss = loss,
          .correct = logits.argmax(1).eq(labels).sum().item<std::int64_t>(),
          .samples = labels.size(0),
          .correct_top5 = rank.lt(5).sum().item<std::int64_t>()};
}

}  // namespace gradwire::learn
