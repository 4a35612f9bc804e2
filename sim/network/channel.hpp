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

#include "sim/core/iteration_record.hpp"
#include "sim/core/units.hpp"
#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// Blocks until a transfer has ended; if it failed, throws as SimGrid's wait() does. While energy
/// is measured, waits by wait_any(), so that SimGrid reports nothing when the waiting actor is
/// killed: its link energy plugin crashes on a transfer that ends before it has both ends.
inline void wait_for(const simgrid::s4u::CommPtr& transfer) {
  if (Simulation::measures_energy()) {
    simgrid::s4u::Comm::wait_any({transfer});
  } else {
    transfer->wait();
  }
}

/// A received message, and the interval of its transfer. A transfer starts when both its send and
/// its receive are posted (latency included).
template <class T>
struct Delivery {
  T value;
  Seconds started;
  Seconds finished;
};

/// Totals of what a channel has delivered between different hosts.
struct Traffic {
  std::int64_t messages = 0;
  Bytes bytes;
};

/// Messages of one type to one receiver's host, in the order of sending. The simulated size of a
/// message is the caller's modelling decision; within one host it is 0.
template <class T>
class Channel {
 public:
  Channel(const std::string& name, Host receiver)
      : mailbox_(simgrid::s4u::Mailbox::by_name(name)), receiver_(receiver) {}

  /// A message sent and not yet received; owned here, so that it is freed even if it is never
  /// received.
  struct InFlight {
    std::unique_ptr<T> value;
    Bytes weight;
  };
  struct State {
    std::vector<InFlight> in_flight;
    Traffic traffic;
  };

  /// A send in progress; pass it to wait_for().
  using Sending = simgrid::s4u::CommPtr;
  [[nodiscard]] Sending start_send(T value, Bytes size) {
    const bool local = simgrid::s4u::this_actor::get_host() == receiver_;
    const Bytes weight = local ? Bytes{0} : size;
    state_->in_flight.push_back({std::make_unique<T>(std::move(value)), weight});
    return mailbox_->put_async(state_->in_flight.back().value.get(),
                               static_cast<std::uint64_t>(weight.value));
  }
  /// Blocks until the message has arrived.
  void send(T value, Bytes size) { wait_for(start_send(std::move(value), size)); }

  /// A posted receive, which allows the transfer to start.
  class Receiving {
   public:
    Receiving(simgrid::s4u::Mailbox* mailbox, std::shared_ptr<State> state)
        : state_(std::move(state)),
          slot_(std::make_unique<T*>(nullptr)),
          comm_(mailbox->get_async<T>(slot_.get())) {}
    /// Blocks until the message has arrived.
    Delivery<T> get() {
      wait_for(comm_);
      const auto sent = std::ranges::find(
          state_->in_flight, *slot_, [](const InFlight& parcel) { return parcel.value.get(); });
      Delivery<T> delivery{
          std::move(*sent->value), {comm_->get_start_time()}, {comm_->get_finish_time()}};
      ++state_->traffic.messages;
      state_->traffic.bytes += sent->weight;
      state_->in_flight.erase(sent);
      return delivery;
    }
    /// As get(); nullopt if the sender's host failed during the transfer, or the transfer was
    /// cancelled.
    std::optional<Delivery<T>> get_unless_failed() {
      try {
        return get();
      } catch (const simgrid::NetworkFailureException&) {
        return std::nullopt;
      } catch (const simgrid::CancelException&) {
        return std::nullopt;
      }
    }
    /// As get() without blocking; nullopt if the message has not arrived.
    std::optional<Delivery<T>> try_get() {
      // test() is true for a failed transfer as well, but SimGrid sets the slot only on success.
      if (!comm_->test() || *slot_ == nullptr) return std::nullopt;
      return get();
    }
    /// Cancels the transfer, or the posted receive.
    void cancel() { comm_->cancel(); }
    /// Start of the transfer; negative if it has not started.
    [[nodiscard]] Seconds started() const { return {comm_->get_start_time()}; }

   private:
    std::shared_ptr<State> state_;
    std::unique_ptr<T*> slot_;
    simgrid::s4u::CommPtr comm_;
  };
  [[nodiscard]] Receiving start_receive() { return Receiving(mailbox_, state_); }
  Delivery<T> receive() { return start_receive().get(); }

  /// Whether a message was sent for which no receive is posted.
  [[nodiscard]] bool has_unreceived() const { return mailbox_->listen(); }

  /// Releases the messages that were sent and will never be received. Precondition: their transfers
  /// have ended.
  void drop_undelivered() { state_->in_flight.clear(); }

  [[nodiscard]] const Traffic& traffic() const { return state_->traffic; }

 private:
  simgrid::s4u::Mailbox* mailbox_;
  Host receiver_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Bytes delivered by several channels.
template <class T>
[[nodiscard]] Bytes delivered(const std::vector<Channel<T>>& channels) {
  Bytes sum;
  for (const Channel<T>& channel : channels) sum += channel.traffic().bytes;
  return sum;
}

/// The interval of a send's transfer. Precondition: it has ended.
[[nodiscard]] inline Interval interval_of(const simgrid::s4u::CommPtr& sending) {
  return {{sending->get_start_time()}, {sending->get_finish_time()}};
}

/// Cancels a send, whether or not its receive is posted.
inline void cancel(const simgrid::s4u::CommPtr& sending) { sending->cancel(); }

/// Blocks until a send has ended; false if its receiver's host failed during the transfer, or the
/// transfer was cancelled.
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
