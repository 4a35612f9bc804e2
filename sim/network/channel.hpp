#pragma once

#include <memory>
#include <simgrid/s4u/Comm.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Mailbox.hpp>
#include <string>
#include <utility>

#include "sim/core/units.hpp"
#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// What came, and when its bytes were on the way. A transfer starts when both its send and its
/// receive are posted (latency included).
template <class T>
struct Delivery {
  T value;
  Seconds started;
  Seconds finished;
};

/// What a channel was given to carry between different hosts.
struct Traffic {
  std::int64_t messages = 0;
  Bytes bytes;
};

/// Messages of one type to one receiver's host, in the order in which they were sent. What a
/// message weighs is the caller's modelling decision. Messages inside one host weigh nothing.
template <class T>
class Channel {
 public:
  Channel(const std::string& name, Host receiver)
      : mailbox_(simgrid::s4u::Mailbox::by_name(name)), receiver_(receiver) {}

  /// A send that is under way; wait() for it, or it is waited for when destroyed.
  using Sending = simgrid::s4u::CommPtr;
  [[nodiscard]] Sending start_send(T value, Bytes size) {
    const bool local = simgrid::s4u::this_actor::get_host() == receiver_;
    const Bytes weight = local ? Bytes{0} : size;
    ++traffic_.messages;
    traffic_.bytes += weight;
    return mailbox_->put_async(new T(std::move(value)), static_cast<std::uint64_t>(weight.value));
  }
  /// Blocks until it has arrived.
  void send(T value, Bytes size) { start_send(std::move(value), size)->wait(); }

  /// A receive that is posted, so that the transfer may start.
  class Receiving {
   public:
    explicit Receiving(simgrid::s4u::Mailbox* mailbox)
        : slot_(std::make_unique<T*>(nullptr)), comm_(mailbox->get_async<T>(slot_.get())) {}
    /// Blocks until it is here.
    Delivery<T> get() {
      comm_->wait();
      const std::unique_ptr<T> owned(*slot_);
      return {std::move(*owned), {comm_->get_start_time()}, {comm_->get_finish_time()}};
    }

   private:
    std::unique_ptr<T*> slot_;
    simgrid::s4u::CommPtr comm_;
  };
  [[nodiscard]] Receiving start_receive() { return Receiving(mailbox_); }
  Delivery<T> receive() { return start_receive().get(); }

  [[nodiscard]] const Traffic& traffic() const { return traffic_; }

 private:
  simgrid::s4u::Mailbox* mailbox_;
  Host receiver_;
  Traffic traffic_;
};

}  // namespace gradwire::network
