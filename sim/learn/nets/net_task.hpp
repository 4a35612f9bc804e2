#pragma once

#include <cstdint>
#include <optional>

#include "sim/learn/config.hpp"

namespace gradwire::learn {

/// Input images and outputs of a net.
struct NetTask {
  std::int64_t channels = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t classes = 10;  ///< outputs: one per class, or 1 for other losses than cross_entropy
  LossKind loss = LossKind::cross_entropy;

  [[nodiscard]] bool is_vector() const { return channels == 1 && rows == 1; }
};

/// "one logit per class", for errors.
[[nodiscard]] const char* outputs_expected(const NetTask& task);

/// The same input with the outputs that the loss requires.
[[nodiscard]] NetTask with_loss(NetTask task, LossKind loss);

/// The task of a data set whose samples' shape is known before its files are read; none for others.
/// (MNIST's file format allows other sizes than MNIST's.)
[[nodiscard]] std::optional<NetTask> usual_task(const DatasetConfig& dataset);

}  // namespace gradwire::learn
