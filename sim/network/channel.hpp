#pragma once

#include <algorithm>
#include <memory>
#include <simgrid/s4u/Comm.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Mailbox.hpp>
#include <string>
#include <utility>
#include <vector>

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

  /// Sent and not yet received: owned here, so that nothing is lost when nobody ever receives it.
  using InFlight = std::vector<std::unique_ptr<T>>;

  /// A send that is under way; wait() for it.
  using Sending = simgrid::s4u::CommPtr;
  [[nodiscard]] Sending start_send(T value, Bytes size) {
    const bool local = simgrid::s4u::this_actor::get_host() == receiver_;
    const Bytes weight = local ? Bytes{0} : size;
    ++traffic_.messages;
    traffic_.bytes += weight;
    in_flight_->push_back(std::make_unique<T>(std::move(value)));
    return mailbox_->put_async(in_flight_->back().get(), static_cast<std::uint64_t>(weight.value));
  }
  /// Blocks until it has arrived.
  void send(T value, Bytes size) { start_send(std::move(value), size)->wait(); }

  /// A receive that is posted, so that the transfer may start.
  class Receiving {
   public:
    Receiving(simgrid::s4u::Mailbox* mailbox, std::shared_ptr<InFlight> in_flight)
        : in_flight_(std::move(in_flight)),
          slot_(std::make_unique<T*>(nullptr)),
          comm_(mailbox->get_async<T>(slot_.get())) {}
    /// Blocks until it is here.
    Delivery<T> get() {
      comm_->wait();
      const auto sent = std::ranges::find(*in_flight_, *slot_, &std::unique_ptr<T>::get);
      Delivery<T> delivery{
          std::move(**sent), {comm_->get_start_time()}, {comm_->get_finish_time()}};
      in_flight_->erase(sent);
      return delivery;
    }

   private:
    std::shared_ptr<InFlight> in_flight_;
    std::unique_ptr<T*> slot_;
    simgrid::s4u::CommPtr comm_;
  };
  [[nodiscard]] Receiving start_receive() { return Receiving(mailbox_, in_flight_); }
  Delivery<T> receive() { return start_receive().get(); }

  [[nodiscard]] const Traffic& traffic() const { return traffic_; }

 private:
  simgrid::s4u::Mailbox* mailbox_;
  Host receiver_;
  Traffic traffic_;
  std::shared_ptr<InFlight> in_flight_ = std::make_shared<InFlight>();
};

}  // namespace gradwire::network
