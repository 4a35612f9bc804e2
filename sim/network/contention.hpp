#pragma once

#include <utility>
#include <vector>

#include "sim/network/simulation.hpp"

namespace gradwire::network {

/// Pairs (sender, receiver).
using Routes = std::vector<std::pair<Host, Host>>;

/// Which messages could slow each other down if they are in progress at the same time.
struct Contention {
  bool between_uploads = false;
  bool between_directions = false;  ///< between an upload and a download
};

/// The contention of messages on these routes, from the links they share. Conservative: may report
/// contention that cannot occur, never the reverse. Messages within one host contend with none.
[[nodiscard]] Contention contention(const Simulation& simulation, const Routes& downloads,
                                    const Routes& uploads);

/// Whether messages on these routes could share a link's bandwidth if every host sends at most one
/// message at a time and receives at most one: whether a link lies on routes that have neither all
/// the same sender nor all the same receiver. Conservative as contention().
[[nodiscard]] bool may_share_links(const Simulation& simulation, const Routes& routes);

}  // namespace gradwire::network
