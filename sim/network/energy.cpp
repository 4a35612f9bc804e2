#include "sim/network/energy.hpp"

#include <fmt/format.h>
#include <simgrid/plugins/energy.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <simgrid/s4u.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_set>

#include "sim/core/error.hpp"

namespace gradwire::network {
namespace {

namespace s4u = simgrid::s4u;

constexpr const char* host_property = "wattage_per_state";
constexpr const char* link_property = "wattage_range";

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream rest(text);
  for (std::string part; std::getline(rest, part, separator);) parts.push_back(part);
  return parts;
}

bool is_watts(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  double watts = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), watts);
  return error == std::errc() && end == text.data() + text.size() && watts >= 0 && watts <= 1e9;
}

/// Whether `text` consists of `least` to `most` numbers of watts, separated by colons.
bool are_watts(const std::string& text, std::size_t least, std::size_t most) {
  const std::vector<std::string> parts = parts_of(text, ':');
  return parts.size() >= least && parts.size() <= most && std::ranges::all_of(parts, is_watts);
}

/// The error text for the power property of a host or a link; empty if it is valid.
std::string problem_with(const s4u::Host& host) {
  const char* given = host.get_property(host_property);
  if (given == nullptr) return fmt::format("has no property {}, which energy needs", host_property);
  const std::vector<std::string> states = parts_of(given, ',');
  if (states.size() != host.get_pstate_count()) {
    return fmt::format("has {} speeds, and its property {} (\"{}\") has watts for {}",
                       host.get_pstate_count(), host_property, given, states.size());
  }
  for (const std::string& state : states) {
    if (are_watts(state, 2, 3)) continue;
    return fmt::format("its property {} says \"{}\"; expected watts idle:least load:all load",
                       host_property, given);
  }
  return "";
}

std::string problem_with(const s4u::Link& link) {
  if (link.get_sharing_policy() == s4u::Link::SharingPolicy::WIFI) {
    return "is a Wi-Fi link, whose energy is not measured";
  }
  const char* given = link.get_property(link_property);
  if (given == nullptr || are_watts(given, 2, 2)) return "";  // no property: no power
  return fmt::format("its property {} says \"{}\"; expected watts idle:busy", link_property, given);
}

/// SimGrid reads the power of every host when the simulation ends, and ends the process if one is
/// invalid; so invalid ones are replaced by 0 W. Only parts that are not counted have such.
void replace_invalid_power(s4u::Host* host) {
  if (problem_with(*host).empty()) return;
  std::string none = "0:0:0";
  for (std::size_t state = 1; state < host->get_pstate_count(); ++state) none += ",0:0:0";
  host->set_property(host_property, none);
}
void replace_invalid_power(s4u::Link* link) {
  if (!problem_with(*link).empty()) link->set_property(link_property, "0:0");
}

/// The members of `wanted` in the engine's order, since the last digits of a sum depend on it.
template <class Part>
std::vector<Part*> chosen(const std::vector<Part*>& all, const std::unordered_set<Part*>& wanted) {
  std::vector<Part*> parts;
  std::ranges::copy_if(all, std::back_inserter(parts),
                       [&](Part* part) { return wanted.contains(part); });
  return parts;
}

}  // namespace

EnergyMeter::EnergyMeter(Simulation& /*engine is up*/) {
  sg_host_energy_plugin_init();
  sg_link_energy_plugin_init();
  Simulation::measure_energy();
}

void EnergyMeter::count(const Platform& platform, const Routes& routes) {
  const s4u::Engine* engine = s4u::Engine::get_instance();
  std::unordered_set<s4u::Host*> hosts(platform.workers.begin(), platform.workers.end());
  for (const Host server : platform.servers()) hosts.insert(server);
  std::unordered_set<s4u::Link*> links;
  for (const auto& [from, to] : routes) {
    if (from == to) continue;
    std::vector<s4u::Link*> passed;
    from->route_to(to, passed, nullptr);
    links.insert(passed.begin(), passed.end());
  }
  hosts_ = chosen(engine->get_all_hosts(), hosts);
  links_ = chosen(engine->get_all_links(), links);
  const auto require = [&](const char* what, const std::string& name, const std::string& problem) {
    if (problem.empty()) return;
    throw InputError(platform.file, fmt::format("{} \"{}\" {}", what, name, problem));
  };
  for (const Host host : hosts_) require("host", host->get_name(), problem_with(*host));
  for (const s4u::Link* link : links_) require("link", link->get_name(), problem_with(*link));
  for (s4u::Host* host : engine->get_all_hosts()) replace_invalid_power(host);
  for (s4u::Link* link : engine->get_all_links()) replace_invalid_power(link);
}

Energy EnergyMeter::read() const {
  Energy energy;
  for (const Host host : hosts_) energy.hosts += Joules{sg_host_get_consumed_energy(host)};
  for (const s4u::Link* link : links_) energy.links += Joules{sg_link_get_consumed_energy(link)};
  return energy;
}

}  // namespace gradwire::network
