#pragma once

#include <cstdint>
#include <span>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/data/samples/label.hpp"
#include "sim/learn/nets/net.hpp"
#include "sim/learn/nets/norm_statistics.hpp"

namespace gradwire::learn {

/// Throws InputError (/base/device) when LibTorch cannot compute on `device`.
void check_device(Device device);

/// The batch for another loss than cross_entropy.   targets: [B]
[[nodiscard]] NetBatch with_targets(NetBatch batch, LossKind loss, std::span<const float> targets);

/// inputs: [B, dimension of the task]; copied only to another device, hence must outlive the batch.
/// shape: of one image.
[[nodiscard]] NetBatch net_batch(std::span<const float> inputs, std::span<const Label> labels,
                                 std::span<const std::int64_t> shape, Device device);

/// Writes the gradient of the batch's mean loss at theta, [d], by autograd in training mode, and
/// this batch's batch-norm statistics to `norms` unless that is null. Returns net_outcomes() of the
/// batch.
BatchStatistics net_gradient(const Net& net, std::span<const float> theta, const NetBatch& batch,
                             std::span<float> gradient, NormSample* norms);

/// The batch in evaluation mode, on the CPU.
[[nodiscard]] NetOutput net_output(const Net& net, std::span<const float> theta,
                                   const NetBatch& batch, const NormSample& norms);

/// Sums over the samples, in double precision. `output`: on the CPU.
[[nodiscard]] BatchStatistics net_outcomes(const NetOutput& output, const NetBatch& batch);

}  // namespace gradwire::learn
