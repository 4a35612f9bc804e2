#include "sim/network/platforms/platform.hpp"

#include <fmt/format.h>

#include <exception>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <string>

#include "sim/core/error.hpp"
#include "sim/network/platforms/file_platform.hpp"
#include "sim/network/platforms/star.hpp"

namespace gradwire::network {
namespace {

namespace s4u = simgrid::s4u;
using SharingPolicy = s4u::Link::SharingPolicy;

/// A route in SimGrid's form.
struct Path {
  std::vector<s4u::Link*> links;
  double latency = 0.0;
};

Path path_between(const Platform& platform, Host from, Host to) {
  Path path;
  std::string reason;
  try {
    from->route_to(to, path.links, &path.latency);
  } catch (const std::exception& error) {
    reason = fmt::format(" ({})", error.what());
  }
  const auto hosts =
      fmt::format("from host \"{}\" to host \"{}\"", from->get_name(), to->get_name());
  if (!reason.empty() || (path.links.empty() && path.latency <= 0)) {
    throw InputError(platform.file, fmt::format("has no route {}{}", hosts, reason));
  }
  if (path.links.empty()) {
    throw InputError(platform.file, fmt::format("has a route without a link {}: messages would "
                                                "take its latency of {} s and no time for their "
                                                "bytes",
                                                hosts, path.latency));
  }
  return path;
}

void require_bounds(const Platform& platform, const s4u::Link& link) {
  const double bandwidth = link.get_bandwidth(), latency = link.get_latency();
  const auto fail = [&](const std::string& what) {
    throw InputError(platform.file, fmt::format("link \"{}\": {}", link.get_name(), what));
  };
  if (!(bandwidth >= least_bandwidth.value && bandwidth <= most_bandwidth.value)) {
    fail(fmt::format("the bandwidth is {} bytes per second, expected {} to {}", bandwidth,
                     least_bandwidth.value, most_bandwidth.value));
  }
  if (!(latency >= 0.0 && latency <= most_latency.value)) {
    fail(fmt::format("the latency is {} s, expected 0 to {}", latency, most_latency.value));
  }
}

/// SimGrid's Wi-Fi model requires the rate of each host on the link: the first one is used. Throws
/// InputError for a Wi-Fi link in the middle of the route.
void join_wifi(const Platform& platform, const Path& path, Host from, Host to) {
  const auto is_wifi = [](const s4u::Link* link) {
    return link->get_sharing_policy() == SharingPolicy::WIFI;
  };
  constexpr int first_rate = 0;
  if (is_wifi(path.links.front())) path.links.front()->set_host_wifi_rate(from, first_rate);
  if (path.links.size() > 1 && is_wifi(path.links.back())) {
    path.links.back()->set_host_wifi_rate(to, first_rate);
  }
  for (std::size_t i = 1; i + 1 < path.links.size(); ++i) {
    if (!is_wifi(path.links[i])) continue;
    throw InputError(platform.file,
                     fmt::format("link \"{}\" is a Wi-Fi link in the middle of the route from host "
                                 "\"{}\" to host \"{}\"; expected it at an end: give the Wi-Fi "
                                 "zone an access_point",
                                 path.links[i]->get_name(), from->get_name(), to->get_name()));
  }
}

}  // namespace

HostName name_of(Host host) {
  return {.host = host->get_name(), .zone = host->get_englobing_zone()->get_name()};
}

Platform build_platform(Simulation& simulation, const PlatformConfig& config, int workers,
                        const std::optional<EnergyConfig>& energy, int server_shards) {
  switch (config.kind) {
    case PlatformKind::star:
      return build_star(config, workers, energy, server_shards);
    case PlatformKind::file:
      return load_platform(config, simulation.settings(), server_shards);
  }
  throw std::logic_error("no such kind of platform");
}

void require_route(const Platform& platform, Host from, Host to) {
  if (from == to) return;
  const Path path = path_between(platform, from, to);
  for (const s4u::Link* link : path.links) {
    if (link->get_sharing_policy() != SharingPolicy::WIFI) require_bounds(platform, *link);
  }
  join_wifi(platform, path, from, to);
}

}  // namespace gradwire::network
