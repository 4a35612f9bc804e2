#include "sim/network/platforms/star.hpp"

#include <fmt/format.h>

#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

namespace gradwire::network {
namespace {

namespace s4u = simgrid::s4u;
using Route = std::vector<s4u::LinkInRoute>;

/// The links between one worker and the centre of the star, and the worker's speed.
struct WorkerLinks {
  BytesPerSecond uplink, downlink;
  Seconds latency;
  FlopsPerSecond speed;
};

WorkerLinks links_of(int worker, const PlatformConfig& config) {
  WorkerLinks links{config.uplink, config.downlink, config.latency, config.speed};
  for (const WorkerOverride& special : config.overrides) {
    if (special.worker != worker) continue;
    links.uplink = special.uplink.value_or(links.uplink);
    links.downlink = special.downlink.value_or(links.downlink);
    links.latency = special.latency.value_or(links.latency);
    links.speed = special.speed.value_or(links.speed);
  }
  return links;
}

/// Sets the power properties that SimGrid's energy plugins read.
void add_watts(s4u::Host* host, const std::optional<EnergyConfig>& energy) {
  if (!energy) return;
  // idle : at the least load : at full load; SimGrid interpolates by the load
  host->set_property("wattage_per_state",
                     fmt::format("{0}:{0}:{1}", energy->host_idle_watts, energy->host_busy_watts));
}
void add_watts(s4u::Link* link, const std::optional<EnergyConfig>& energy) {
  if (!energy) return;
  link->set_property("wattage_range",
                     fmt::format("{}:{}", energy->link_idle_watts, energy->link_busy_watts));
}

/// A host's messages to itself cost nothing: they do not leave its memory.
void add_loopback(s4u::NetZone* zone, s4u::Host* host) {
  const s4u::Link* loopback = zone->create_link("loopback " + host->get_name(), 1e18)
                                  ->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE)
                                  ->seal();
  zone->add_route(host->get_netpoint(), host->get_netpoint(), nullptr, nullptr,
                  Route{s4u::LinkInRoute(loopback)}, false);
}

s4u::Host* add_host(s4u::NetZone* zone, const std::string& name, FlopsPerSecond speed,
                    const std::optional<EnergyConfig>& energy) {
  s4u::Host* host = zone->create_host(name, speed.value);
  add_watts(host, energy);
  return host->seal();
}

s4u::Link* add_link(s4u::NetZone* zone, const std::string& name, BytesPerSecond bandwidth,
                    Seconds latency, const std::optional<EnergyConfig>& energy) {
  s4u::Link* link = zone->create_link(name, bandwidth.value)->set_latency(latency.value);
  add_watts(link, energy);
  return link->seal();
}

s4u::Host* add_worker(s4u::NetZone* zone, int worker, const WorkerLinks& links,
                      const std::optional<EnergyConfig>& energy) {
  const std::string number = std::to_string(worker);
  s4u::Host* host = add_host(zone, "worker " + number, links.speed, energy);
  const s4u::Link* up = add_link(zone, "uplink " + number, links.uplink, links.latency, energy);
  const s4u::Link* down =
      add_link(zone, "downlink " + number, links.downlink, links.latency, energy);
  zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, Route{s4u::LinkInRoute(up)},
                  false);
  zone->add_route(nullptr, host->get_netpoint(), nullptr, nullptr, Route{s4u::LinkInRoute(down)},
                  false);
  add_loopback(zone, host);
  return host;
}

/// The latency of a message is that of the worker's link.
s4u::Host* add_server(s4u::NetZone* zone, const std::string& name, const PlatformConfig& config,
                      const std::optional<EnergyConfig>& energy) {
  s4u::Host* host = add_host(zone, name, config.speed, energy);
  const auto connect = [&](const Route& out, const Route& in) {
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, out, false);
    zone->add_route(nullptr, host->get_netpoint(), nullptr, nullptr, in, false);
  };
  const auto port = [&](const char* direction) {
    return Route{
        s4u::LinkInRoute(add_link(zone, name + direction, *config.server_bandwidth, {}, energy))};
  };
  if (config.server_bandwidth) {
    connect(port(" out"), port(" in"));
  } else {
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, Route{}, true);
  }
  add_loopback(zone, host);
  return host;
}

}  // namespace

Platform build_star(const PlatformConfig& config, int workers,
                    const std::optional<EnergyConfig>& energy, int server_shards) {
  s4u::NetZone* zone = s4u::create_star_zone("star");
  Platform platform;
  platform.server = add_server(zone, "server", config, energy);
  if (server_shards > 1) platform.shards.push_back(platform.server);
  for (int s = 1; s < server_shards; ++s) {
    platform.shards.push_back(add_server(zone, "server " + std::to_string(s), config, energy));
  }
  for (int m = 0; m < workers; ++m) {
    platform.workers.push_back(add_worker(zone, m, links_of(m, config), energy));
  }
  zone->seal();
  return platform;
}

}  // namespace gradwire::network
