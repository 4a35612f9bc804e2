#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <simgrid/s4u/Comm.hpp>
#include <simgrid/s4u/Mailbox.hpp>
#include <string>
#include <vector>

#include "sim/core/units.hpp"
#include "sim/network/semaphore.hpp"
#include "sim/network/simulation.hpp"
#include "sim/network/transfer.hpp"

namespace gradwire::network {

/// Actors on a host that hold its ends of the messages that it exchanges with many peers, some
/// dozens each (D33). So a message costs the same with any number of peers, and belongs to an actor
/// of its peer: it ends with it if the peer's host fails.
class Clerks {
 public:
  /// `name` distinguishes them from others in the simulation. The clerks wait until the end of the
  /// run, which Simulation::kill_others() brings about. Must outlive the run.
  Clerks(Simulation& simulation, Host host, const std::string& name, std::size_t peers);
  Clerks(const Clerks&) = delete;
  Clerks& operator=(const Clerks&) = delete;

  /// A message from the calling actor of the peer, which moves from now on. A peer has one at a
  /// time. Throws HostFailed if the clerks' host is off.
  [[nodiscard]] Transfer send_from(std::size_t peer, Bytes size);
  /// The same of a message to the calling actor of the peer.
  [[nodiscard]] Transfer send_to(std::size_t peer, Bytes size);

 private:
  /// The messages in one direction between the host and a peer.
  struct Line {
    simgrid::s4u::Mailbox* mailbox = nullptr;
    simgrid::s4u::CommPtr end_of_clerk;  ///< of the newest message
    void* received = nullptr;
  };
  struct Peer {
    Line from;
    Line to;
  };
  struct Order {
    std::size_t peer = 0;
    bool is_to_peer = false;
    Bytes size;
  };
  struct Clerk {
    Semaphore called;  ///< raised for each order
    std::deque<Order> orders;
  };

  void work(Clerk& clerk);
  void call(const Order& order);
  void require_host() const;
  /// A payload; nobody reads it.
  [[nodiscard]] void* nothing() { return this; }

  Host host_;
  std::vector<Peer> peers_;
  std::vector<Clerk> clerks_;
};

}  // namespace gradwire::network
