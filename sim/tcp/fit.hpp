#pragma once

#include <optional>
#include <vector>

#include "sim/core/units.hpp"

namespace gradwire::tcp {

/// How long messages of one size took.
struct SizeTimes {
  Bytes size;
  Seconds median;
  Seconds fastest;
  int repeats = 0;
};

/// seconds(n) = per_message + n / rate.
struct Line {
  Seconds per_message;
  BytesPerSecond rate;
  [[nodiscard]] Seconds seconds(Bytes size) const {
    return {per_message.value + static_cast<double>(size.value) / rate.value};
  }
};

/// Of all lines through two of the medians, or through one and no cost of a message, the one whose
/// summed absolute errors on a logarithmic scale are least: messages of all sizes count alike, and
/// a few odd sizes do not carry the line with them. `times` ascend in size. Nothing where the sizes
/// do not tell: fewer than two, or no more time for longer ones.
[[nodiscard]] std::optional<Line> fit_line(const std::vector<SizeTimes>& times);

/// What the line says of a size, relative to what was measured: 0.01 is 1 % too long.
[[nodiscard]] double residual(const Line& line, const SizeTimes& measured);

}  // namespace gradwire::tcp
