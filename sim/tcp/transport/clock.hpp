#pragma once

#include <chrono>

#include "sim/core/units.hpp"

namespace gradwire::tcp {

/// This host's monotonic clock; only differences are meaningful.
[[nodiscard]] inline Seconds now() {
  using Clock = std::chrono::steady_clock;
  return {std::chrono::duration<double>(Clock::now().time_since_epoch()).count()};
}

}  // namespace gradwire::tcp
