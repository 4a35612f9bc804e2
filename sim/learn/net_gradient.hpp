#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/core/problem.hpp"
#include "sim/learn/nets/net.hpp"
#include "sim/learn/norm_statistics.hpp"

namespace gradwire::learn {

/// Throws InputError (/base/device) when LibTorch cannot compute there: cpu, cuda.
void check_device(const std::string& device);

/// Some samples as a net takes them.
struct NetBatch {
  at::Tensor images;  ///< [B, channels, rows, columns], on the device
  at::Tensor labels;  ///< [B], int64, on the device
};
/// inputs: [B, task's dimension]; copied only where the device asks for it, so they must outlive
/// the batch. shape: of one image.
[[nodiscard]] NetBatch net_batch(std::span<const float> inputs,
                                 std::span<const std::uint8_t> labels,
                                 std::span<const std::int64_t> shape, const std::string& device);

/// Gradient of the batch's mean cross-entropy at theta, [d], by autograd, batch norm in training
/// mode; `norms`: this batch's statistics, where wanted.
BatchStatistics net_gradient(const Net& net, std::span<const float> theta, const NetBatch& batch,
                             std::span<float> gradient, NormSample* norms);

/// Logits of the batch in evaluation mode, [B, classes], on the CPU.
[[nodiscard]] at::Tensor net_logits(const Net& net, std::span<const float> theta,
                                    const NetBatch& batch, const NormSample& norms);

/// Sums over the samples, in double precision. logits: [B, classes], labels: [B], both on the CPU.
[[nodiscard]] BatchStatistics net_outcomes(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace gradwire::learn
