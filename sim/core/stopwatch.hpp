#pragma once

#include <chrono>

#include "sim/core/units.hpp"

namespace gradwire {

/// Host time since it was made; for the `wall` part of a summary and for when to write checkpoints,
/// and nothing else.
class Stopwatch {
 public:
  [[nodiscard]] Seconds elapsed() const {
    return {std::chrono::duration<double>(Clock::now() - start_).count()};
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace gradwire
