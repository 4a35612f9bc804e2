#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <simgrid/Exception.hpp>
#include <simgrid/s4u/Comm.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Mailbox.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// Blocks until a transfer has ended; throws as SimGrid's wait() does where it failed. While energy
/// is measured it waits in a way that leaves SimGrid nothing to report when its actor is killed:
/// SimGrid's link energy crashes over a transfer that ends before it had both ends.
inline void wait_for(const simgrid::s4u::CommPtr& transfer) {
  if (Simulation::measures_energy()) {
    simgrid::s4u::Comm::wait_any({transfer});
  } else {
    transfer->wait();
  }
}

/// What came, and when its bytes were on the way. A transfer starts when both its send and its
/// receive are posted (latency included).
template <class T>
struct Delivery {
  T value;
  Seconds started;
  Seconds finished;
};

/// What a channel has delivered between different hosts.
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
  struct Parcel {
    std::unique_ptr<T> value;
    Bytes weight;
  };
  struct State {
    std::vector<Parcel> in_flight;
    Traffic traffic;
  };

  /// A send that is under way; wait_for() it.
  using Sending = simgrid::s4u::CommPtr;
  [[nodiscard]] Sending start_send(T value, Bytes size) {
    const bool local = simgrid::s4u::this_actor::get_host() == receiver_;
    const Bytes weight = local ? Bytes{0} : size;
    state_->in_flight.push_back({std::make_unique<T>(std::move(value)), weight});
    return mailbox_->put_async(state_->in_flight.back().value.get(),
                               static_cast<std::uint64_t>(weight.value));
  }
  /// Blocks until it has arrived.
  void send(T value, Bytes size) { wait_for(start_send(std::move(value), size)); }

  /// A receive that is posted, so that the transfer may start.
  class Receiving {
   public:
    Receiving(simgrid::s4u::Mailbox* mailbox, std::shared_ptr<State> state)
        : state_(std::move(state)),
          slot_(std::make_unique<T*>(nullptr)),
          comm_(mailbox->get_async<T>(slot_.get())) {}
    /// Blocks until it is here.
    Delivery<T> get() {
      wait_for(comm_);
      const auto sent = std::ranges::find(state_->in_flight, *slot_,
                                          [](const Parcel& parcel) { return parcel.value.get(); });
      Delivery<T> delivery{
          std::move(*sent->value), {comm_->get_start_time()}, {comm_->get_finish_time()}};
      ++state_->traffic.messages;
      state_->traffic.bytes += sent->weight;
      state_->in_flight.erase(sent);
      return delivery;
    }
    /// The same; nothing when the sender's host failed on the way, or the transfer was called off.
    std::optional<Delivery<T>> get_unless_it_fails() {
      try {
        return get();
      } catch (const simgrid::NetworkFailureException&) {
        return std::nullopt;
      } catch (const simgrid::CancelException&) {
        return std::nullopt;
      }
    }
    /// The same without blocking; nothing when it is not here.
    std::optional<Delivery<T>> get_if_here() {
      // SimGrid calls a failed transfer ended too, but fills the slot only of one that is whole.
      if (!comm_->test() || *slot_ == nullptr) return std::nullopt;
      return get();
    }
    /// Breaks the transfer off, or no longer waits for one.
    void call_off() { comm_->cancel(); }
    /// When its transfer was under way until now, if it was.
    [[nodiscard]] Seconds started() const { return {comm_->get_start_time()}; }

   private:
    std::shared_ptr<State> state_;
    std::unique_ptr<T*> slot_;
    simgrid::s4u::CommPtr comm_;
  };
  [[nodiscard]] Receiving start_receive() { return Receiving(mailbox_, state_); }
  Delivery<T> receive() { return start_receive().get(); }

  /// Whether something was sent that nobody has begun to receive.
  [[nodiscard]] bool has_waiting() const { return mailbox_->listen(); }

  /// Lets go of messages that were sent and will never be received: their transfers have ended.
  void forget_undelivered() { state_->in_flight.clear(); }

  [[nodiscard]] const Traffic& traffic() const { return state_->traffic; }

 private:
  simgrid::s4u::Mailbox* mailbox_;
  Host receiver_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// By several channels.
template <class T>
[[nodiscard]] Bytes delivered(const std::vector<Channel<T>>& channels) {
  Bytes sum;
  for (const Channel<T>& channel : channels) sum += channel.traffic().bytes;
  return sum;
}

/// Breaks a send off, or takes it back when nobody has begun to receive it.
inline void call_off(const simgrid::s4u::CommPtr& sending) { sending->cancel(); }

/// Blocks until a send has ended; false when its receiver's host failed on the way, or did not want
/// it.
inline bool arrives(const simgrid::s4u::CommPtr& sending) {
  try {
    wait_for(sending);
    return true;
  } catch (const simgrid::NetworkFailureException&) {
    return false;
  } catch (const simgrid::CancelException&) {
    return false;
  }
}

}  // namespace gradwire::network
