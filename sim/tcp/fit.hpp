#pragma once

#include <algorithm>
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

/// seconds(n) = per_message + max(0, n - at_once) / rate.
struct Line {
  Seconds per_message;
  BytesPerSecond rate;
  Bytes at_once{};  ///< of each message, that a token bucket lets through without taking time
  [[nodiscard]] Seconds seconds(Bytes size) const {
    const auto timed = static_cast<double>(std::max(size - at_once, Bytes{}).value);
    return {per_message.value + timed / rate.value};
  }
};

/// Of all lines through two of the medians, or through one and no cost of a message, the one whose
/// summed absolute errors on a logarithmic scale are least: messages of all sizes count alike, and
/// a few odd sizes do not carry the line with them. A line that meets zero size below the shortest
/// message's time has a bucket, if that explains the times much better than any line without.
/// `times` ascend in size. Nothing where the sizes do not tell: fewer than two, or no more time for
/// longer ones.
[[nodiscard]] std::optional<Line> fit_line(const std::vector<SizeTimes>& times);

/// What the line says of a size, relative to what was measured: 0.01 is 1 % too long.
[[nodiscard]] double residual(const Line& line, const SizeTimes& measured);

}  // namespace gradwire::tcp
