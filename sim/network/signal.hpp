#pragma once

#include <simgrid/s4u/Semaphore.hpp>

#include "sim/core/units.hpp"

namespace gradwire::network {

/// Wakes an actor without a message: costs no simulated time. Remembers a call that comes early.
class Signal {
 public:
  void raise() { semaphore_->release(); }
  void wait() { semaphore_->acquire(); }
  /// False when nobody has called after that time.
  bool wait_for(Seconds time) { return !semaphore_->acquire_timeout(time.value); }

 private:
  simgrid::s4u::SemaphorePtr semaphore_ = simgrid::s4u::Semaphore::create(0);
};

}  // namespace gradwire::network
