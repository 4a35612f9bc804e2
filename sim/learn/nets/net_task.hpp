#pragma once

#include <cstdint>
#include <optional>

#include "sim/learn/config.hpp"

namespace gradwire::learn {

/// Input images and number of classes of a net.
struct NetTask {
  std::int64_t channels = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t classes = 10;

  [[nodiscard]] bool is_vector() const { return channels == 1 && rows == 1; }
};

/// The task of a data set whose samples' shape is known before its files are read; none for others.
/// (MNIST's file format allows other sizes than MNIST's.)
[[nodiscard]] std::optional<NetTask> usual_task(const DatasetConfig& dataset);

}  // namespace gradwire::learn
