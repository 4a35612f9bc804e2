#include "sim/network/clerks.hpp"

#include <utility>

#include "sim/network/channel.hpp"

namespace gradwire::network {
namespace {

/// SimGrid searches all pending activities of an actor when it has waited for one.
constexpr std::size_t peers_per_clerk = 32;

}  // namespace

Clerks::Clerks(Simulation& simulation, Host host, const std::string& name, std::size_t peers)
    : host_(host), peers_(peers), clerks_((peers + peers_per_clerk - 1) / peers_per_clerk) {
  for (std::size_t p = 0; p < peers; ++p) {
    const std::string suffix = " " + name + " " + std::to_string(p);
    peers_[p].from.mailbox = simgrid::s4u::Mailbox::by_name("from" + suffix);
    peers_[p].to.mailbox = simgrid::s4u::Mailbox::by_name("to" + suffix);
  }
  for (std::size_t c = 0; c < clerks_.size(); ++c) {
    simulation.spawn(
        host, "clerk " + std::to_string(c) + " of " + name, [this, c] { work(clerks_[c]); },
        Simulation::Stack::small);
  }
}

Transfer Clerks::send_from(std::size_t peer, Bytes size) {
  require_host();
  Transfer sending(
      peers_[peer].from.mailbox->put_async(nothing(), static_cast<std::uint64_t>(size.value)));
  call({.peer = peer, .is_to_peer = false, .size = size});
  return sending;
}

Transfer Clerks::send_to(std::size_t peer, Bytes size) {
  require_host();
  Line& line = peers_[peer].to;
  Transfer receiving(line.mailbox->get_async<void>(&line.received));
  call({.peer = peer, .is_to_peer = true, .size = size});
  return receiving;
}

void Clerks::call(const Order& order) {
  Clerk& clerk = clerks_[order.peer / peers_per_clerk];
  clerk.orders.push_back(order);
  clerk.called.raise();
}

void Clerks::work(Clerk& clerk) {
  while (true) {
    clerk.called.wait();
    const Order order = clerk.orders.front();
    clerk.orders.pop_front();
    Peer& peer = peers_[order.peer];
    Line& line = order.is_to_peer ? peer.to : peer.from;
    // The one before has ended, or failed with the peer: SimGrid forgets it when waited for.
    if (line.end_of_clerk != nullptr) arrives(line.end_of_clerk);
    line.end_of_clerk =
        order.is_to_peer
            ? line.mailbox->put_async(nothing(), static_cast<std::uint64_t>(order.size.value))
            : line.mailbox->get_async<void>(&line.received);
  }
}

void Clerks::require_host() const {
  if (!is_on(host_)) throw HostFailed(name(host_));
}

}  // namespace gradwire::network
