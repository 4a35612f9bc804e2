#pragma once

#include <simgrid/s4u/Semaphore.hpp>

#include "sim/core/units.hpp"

namespace gradwire::network {

/// Wakes an actor without a message and without simulated time. A raise() before the wait() counts.
class Semaphore {
 public:
  void raise() { semaphore_->release(); }
  void wait() { semaphore_->acquire(); }
  /// Returns false on timeout.
  bool wait_for(Seconds time) { return !semaphore_->acquire_timeout(time.value); }

 private:
  simgrid::s4u::SemaphorePtr semaphore_ = simgrid::s4u::Semaphore::create(0);
};

}  // namespace gradwire::network
