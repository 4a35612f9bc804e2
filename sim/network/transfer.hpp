#pragma once

#include <cstdint>
#include <simgrid/s4u/Comm.hpp>
#include <simgrid/s4u/Host.hpp>
#include <utility>

#include "sim/core/iteration_record.hpp"
#include "sim/core/units.hpp"
#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// A message on its way between two different hosts, which moves from when it is sent: unlike a
/// Channel's, it waits for no receiver, and carries no value. Any actor may wait for its end.
/// SimGrid has one list of all such messages, which it goes through when one ends; those between a
/// host and many others move by its Clerks.
class Transfer {
 public:
  /// Not sent.
  Transfer() = default;
  /// Sent now. Throws HostFailed if a host is off.
  Transfer(Host from, Host to, Bytes size) {
    for (const Host host : {from, to}) {
      if (!is_on(host)) throw HostFailed(name(host));  // SimGrid would end the process
    }
    comm_ = simgrid::s4u::Comm::sendto_init(from, to);
    // Only start() also starts a message of 0 bytes.
    comm_->set_payload_size(static_cast<std::uint64_t>(size.value))->start();
  }
  /// An actor's end of a message between mailboxes.
  explicit Transfer(simgrid::s4u::CommPtr end) : comm_(std::move(end)) {}

  [[nodiscard]] bool has_ended() const { return comm_->get_finish_time() >= 0; }
  /// It was sent and has arrived.
  [[nodiscard]] bool has_arrived() const {
    return comm_ != nullptr && comm_->get_state() == simgrid::s4u::Activity::State::FINISHED;
  }
  /// Blocks until it has ended. Several actors may wait: wait_any(), unlike wait(), stores nothing
  /// about the waiting actor that the next one would overwrite.
  void wait() const {
    if (!has_ended()) simgrid::s4u::Comm::wait_any({comm_});
  }
  [[nodiscard]] Seconds began() const { return {comm_->get_start_time()}; }
  /// Precondition: it has ended.
  [[nodiscard]] Seconds ended() const { return {comm_->get_finish_time()}; }

 private:
  simgrid::s4u::CommPtr comm_;
};

}  // namespace gradwire::network
