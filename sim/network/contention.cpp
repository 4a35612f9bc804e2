#include "sim/network/contention.hpp"

#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <unordered_set>

namespace gradwire::network {
namespace {

namespace s4u = simgrid::s4u;

/// The links of a route whose bandwidth concurrent messages share.
std::vector<s4u::Link*> shared_links(const std::pair<Host, Host>& route) {
  std::vector<s4u::Link*> links;
  if (route.first == route.second) return links;
  double latency = 0.0;
  route.first->route_to(route.second, links, &latency);
  std::erase_if(links, [](const s4u::Link* link) {
    return link->get_sharing_policy() == s4u::Link::SharingPolicy::FATPIPE;
  });
  return links;
}

}  // namespace

Contention contention(const Simulation& simulation, const Routes& downloads,
                      const Routes& uploads) {
  // Acknowledgements load the links of the other direction.
  if (*simulation.factors().crosstraffic)
    return {.between_uploads = true, .between_directions = true};
  std::unordered_set<const s4u::Link*> down, up;
  for (const auto& route : downloads) {
    for (const s4u::Link* link : shared_links(route)) down.insert(link);
  }
  Contention result;
  for (const auto& route : uploads) {
    for (const s4u::Link* link : shared_links(route)) {
      if (!up.insert(link).second) result.between_uploads = true;
      if (down.contains(link)) result.between_directions = true;
    }
  }
  return result;
}

bool may_share_links(const Simulation& simulation, const Routes& routes) {
  if (*simulation.factors().crosstraffic) return true;
  struct Users {
    Host sender, receiver;
    bool same_sender = true, same_receiver = true;
  };
  std::unordered_map<const s4u::Link*, Users> users;
  for (const auto& [from, to] : routes) {
    for (const s4u::Link* link : shared_links({from, to})) {
      Users& known = users.try_emplace(link, Users{.sender = from, .receiver = to}).first->second;
      known.same_sender = known.same_sender && known.sender == from;
      known.same_receiver = known.same_receiver && known.receiver == to;
      if (!known.same_sender && !known.same_receiver) return true;
    }
  }
  return false;
}

}  // namespace gradwire::network
