#include "sim/network/energy.hpp"

#include <fmt/format.h>
#include <simgrid/plugins/energy.h>

#include <simgrid/s4u.hpp>

#include "sim/core/error.hpp"

namespace gradwire::network {

namespace s4u = simgrid::s4u;

EnergyMeter::EnergyMeter(Simulation& /*engine is up*/) {
  sg_host_energy_plugin_init();
  sg_link_energy_plugin_init();
}

void EnergyMeter::require_watts(const Platform& platform) {
  for (const s4u::Host* host : s4u::Engine::get_instance()->get_all_hosts()) {
    if (host->get_property("wattage_per_state") != nullptr) continue;
    throw InputError(
        platform.file,
        fmt::format("host \"{}\" has no property wattage_per_state, which energy needs",
                    host->get_name()));
  }
}

Energy EnergyMeter::read() const {
  Energy energy;
  for (const s4u::Host* host : s4u::Engine::get_instance()->get_all_hosts()) {
    energy.hosts += Joules{sg_host_get_consumed_energy(host)};
  }
  for (const s4u::Link* link : s4u::Engine::get_instance()->get_all_links()) {
    energy.links += Joules{sg_link_get_consumed_energy(link)};
  }
  return energy;
}

}  // namespace gradwire::network
