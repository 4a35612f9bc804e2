#pragma once

#include <cstdint>
#include <span>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/data/label.hpp"
#include "sim/learn/nets/net.hpp"
#include "sim/learn/nets/norm_statistics.hpp"

namespace gradwire::learn {

/// Throws InputError (/base/device) when LibTorch cannot compute on `device`.
void check_device(Device device);

/// Samples as input tensors of a net.
struct NetBatch {
  at::Tensor images;  ///< [B, channels, rows, columns], on the device
  at::Tensor labels;  ///< [B], int64, on the device
};
/// inputs: [B, dimension of the task]; copied only to another device, hence must outlive the batch.
/// shape: of one image.
[[nodiscard]] NetBatch net_batch(std::span<const float> inputs, std::span<const Label> labels,
                                 std::span<const std::int64_t> shape, Device device);

/// Writes the gradient of the batch's mean cross-entropy at theta, [d], by autograd with batch norm
/// in training mode, and this batch's batch-norm statistics to `norms` unless that is null. Returns
/// net_outcomes() of the batch.
BatchStatistics net_gradient(const Net& net, std::span<const float> theta, const NetBatch& batch,
                             std::span<float> gradient, NormSample* norms);

/// Logits of the batch in evaluation mode, [B, classes], on the CPU.
[[nodiscard]] at::Tensor net_logits(const Net& net, std::span<const float> theta,
                                    const NetBatch& batch, const NormSample& norms);

/// Sums over the samples, in double precision. logits: [B, classes], labels: [B], both on the CPU.
[[nodiscard]] BatchStatistics net_outcomes(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace gradwire::learn
