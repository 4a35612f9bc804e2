#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "sim/core/units.hpp"

namespace gradwire::tcp {

/// Measured times of messages of one size.
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
  Bytes at_once{};  ///< of each message, passed by a token bucket in no time
  [[nodiscard]] Seconds seconds(Bytes size) const {
    const auto timed = static_cast<double>(std::max(size - at_once, Bytes{}).value);
    return {per_message.value + timed / rate.value};
  }
};

/// Of all lines through two of the medians, or through one median and the origin, the one with the
/// least sum of absolute errors on a logarithmic scale: messages of all sizes count alike, and a
/// few outlying sizes do not shift the line. A line whose value at size zero is below the time of
/// the shortest message gets a token bucket, if that explains the times much better than any line
/// without. `times` ascend in size. nullopt if the times do not determine a line: fewer than two
/// sizes, or the longest message takes no more time than the shortest.
[[nodiscard]] std::optional<Line> fit_line(const std::vector<SizeTimes>& times);

/// Relative error of the line at a measured size: 0.01 is 1 % too long.
[[nodiscard]] double residual(const Line& line, const SizeTimes& measured);

}  // namespace gradwire::tcp
