#pragma once

#include <simgrid/s4u/Semaphore.hpp>

namespace gradwire::network {

/// Wakes an actor without a message: costs no simulated time. Remembers a call that comes early.
class Signal {
 public:
  void raise() { semaphore_->release(); }
  void wait() { semaphore_->acquire(); }

 private:
  simgrid::s4u::SemaphorePtr semaphore_ = simgrid::s4u::Semaphore::create(0);
};

}  // namespace gradwire::network
