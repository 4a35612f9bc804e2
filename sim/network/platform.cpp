#include "sim/network/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <simgrid/Exception.hpp>
#include <simgrid/s4u.hpp>
#include <string>
#include <string_view>

#include "sim/core/error.hpp"

namespace gradwire::network {
namespace {

namespace s4u = simgrid::s4u;
using Route = std::vector<s4u::LinkInRoute>;

/// Both directions of what connects one worker with the middle of the star.
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

/// Lets SimGrid's plugins know what a star's parts take.
void add_watts(s4u::Host* host, const std::optional<EnergyConfig>& energy) {
  if (!energy) return;
  // idle, at the least load, at all load: between them by the load
  host->set_property("wattage_per_state",
                     fmt::format("{0}:{0}:{1}", energy->host_idle_watts, energy->host_busy_watts));
}
void add_watts(s4u::Link* link, const std::optional<EnergyConfig>& energy) {
  if (!energy) return;
  link->set_property("wattage_range",
                     fmt::format("{}:{}", energy->link_idle_watts, energy->link_busy_watts));
}

/// A host's messages to itself cost nothing: they stay in its memory.
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

Platform build_star(const PlatformConfig& config, int workers,
                    const std::optional<EnergyConfig>& energy) {
  s4u::NetZone* zone = s4u::create_star_zone("star");
  Platform platform;
  platform.server = add_host(zone, "server", config.speed, energy);
  zone->add_route(platform.server->get_netpoint(), nullptr, nullptr, nullptr, Route{}, true);
  add_loopback(zone, platform.server);
  for (int m = 0; m < workers; ++m) {
    platform.workers.push_back(add_worker(zone, m, links_of(m, config), energy));
  }
  zone->seal();
  return platform;
}

s4u::Host* host_named(const std::string& name, const std::string& path) {
  s4u::Host* host = s4u::Engine::get_instance()->host_by_name_or_null(name);
  if (host == nullptr) throw InputError(path, fmt::format("has no host named \"{}\"", name));
  return host;
}

/// The file without its comments.
std::string uncommented(const std::string& path) {
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (std::size_t open; (open = text.find("<!--")) != std::string::npos;) {
    const std::size_t close = text.find("-->", open);
    text.erase(open, close == std::string::npos ? close : close + 3 - open);
  }
  return text;
}

bool has_any(const std::string& text, std::initializer_list<const char*> signs) {
  return std::ranges::any_of(
      signs, [&text](const char* sign) { return text.find(sign) != std::string::npos; });
}

/// Whether the file has profiles, which SimGrid's installed interface does not tell. Looks for the
/// elements and attributes of SimGrid's DTD; rather once too often.
bool has_profiles(const std::string& text) {
  return has_any(text, {"_file", "<trace", "<profile", "_trace", "_profile"});
}

/// SimGrid ends the process over these.
void require_loadable_profiles(const std::string& text, const std::string& path) {
  for (const char* kind : {"LINK_AVAIL", "BANDWIDTH", "LATENCY"}) {
    if (!has_any(text, {fmt::format("kind=\"{}\"", kind).c_str()})) continue;
    throw InputError(path,
                     fmt::format("connects a trace of kind {}, which SimGrid cannot do once a "
                                 "link is there; name its file in the <link>: state_file, "
                                 "bandwidth_file or latency_file",
                                 kind));
  }
  constexpr std::string_view absolute = "_file=\"/";
  const std::size_t found = text.find(absolute);
  if (found == std::string::npos) return;
  const std::size_t begin = found + absolute.size() - 1;
  throw InputError(path, fmt::format("names the profile {} by an absolute path; SimGrid finds "
                                     "profiles by paths from the platform file only",
                                     text.substr(begin, text.find('"', begin) - begin)));
}

/// SimGrid crashes in a zone of hosts that no route joins.
bool has_routes(const std::string& text) {
  return has_any(text, {"oute ", "<host_link", "<cluster", "<cabinet", "Vivaldi", "Wifi"});
}

Platform load_platform(const PlatformConfig& config) {
  if (!std::filesystem::is_regular_file(config.path)) {
    throw InputError(config.path, "no such platform file");
  }
  const std::string text = uncommented(config.path);
  require_loadable_profiles(text, config.path);
  try {
    s4u::Engine::get_instance()->load_platform(config.path);
  } catch (const simgrid::Exception& error) {
    throw InputError(config.path,
                     fmt::format("not a SimGrid platform that loads: {}", error.what()));
  }
  Platform platform{.workers = {}, .file = config.path, .varies_in_time = has_profiles(text)};
  platform.server = host_named(config.server, config.path);
  for (const std::string& name : config.workers) {
    platform.workers.push_back(host_named(name, config.path));
  }
  if (!has_routes(text)) throw InputError(config.path, "has no routes");
  for (const Host worker : platform.workers) {
    require_route(platform, platform.server, worker);
    require_route(platform, worker, platform.server);
  }
  return platform;
}

}  // namespace

Platform build_platform(Simulation& /*engine is up*/, const PlatformConfig& config, int workers,
                        const std::optional<EnergyConfig>& energy) {
  return config.kind == "file" ? load_platform(config) : build_star(config, workers, energy);
}

void require_route(const Platform& platform, Host from, Host to) {
  if (from == to) return;
  std::vector<s4u::Link*> links;
  double latency = 0.0;
  std::string reason;
  try {
    from->route_to(to, links, &latency);
  } catch (const std::exception& error) {
    reason = fmt::format(" ({})", error.what());
  }
  if (!reason.empty() || (links.empty() && latency <= 0)) {
    throw InputError(platform.file, fmt::format("has no route from host \"{}\" to host \"{}\"{}",
                                                from->get_name(), to->get_name(), reason));
  }
}

}  // namespace gradwire::network
