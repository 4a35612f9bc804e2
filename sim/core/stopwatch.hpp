#pragma once

#include <chrono>

#include "sim/core/units.hpp"

namespace gradwire {

/// Host time since construction. Only for the `wall` part of a summary and for the decision when to
/// write checkpoints.
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
