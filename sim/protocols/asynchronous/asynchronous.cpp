#include "sim/protocols/asynchronous/asynchronous.hpp"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/protocols/asynchronous/asynchronous_run.hpp"

namespace gradwire::protocols {

cost::ByteLedger Asynchronous::run(network::Simulation& simulation,
                                   const network::Platform& platform, AsynchronousSource& source,
                                   const OnIteration& on_iteration) const {
  const auto run =
      std::make_shared<AsynchronousRun>(simulation, platform, cost_model, source, on_iteration);
  const auto fail = [&](const std::string& host, const std::string& what) {
    throw InputError(platform.file, fmt::format("host \"{}\" failed{}", host, what));
  };
  try {
    const std::vector<network::Host> servers = platform.servers();
    for (std::size_t s = 0; s < servers.size(); ++s) {
      if (!network::is_on(servers[s])) fail(network::name(servers[s]), ": it is the server's");
      simulation.spawn(servers[s], "server", [run, s] { run->serve(static_cast<int>(s)); });
    }
    if (platform.varies_in_time) network::Simulation::keep_time_running(platform.server);
    const auto stack =
        source.computes() ? network::Simulation::Stack::large : network::Simulation::Stack::small;
    for (std::size_t m = 0; m < platform.workers.size(); ++m) {
      simulation.spawn(
          platform.workers[m], "worker " + std::to_string(m),
          [run, m] { run->work(static_cast<int>(m)); }, stack,
          network::Simulation::AfterFailure::begins_again);
    }
    simulation.run();
    if (!run->has_ended() && !network::is_on(platform.server)) {
      fail(network::name(platform.server),
           ": it is the server's, without which the run cannot go on");
    }
  } catch (const network::HostFailed& failed) {
    fail(failed.host(),
         failed.host() == network::name(platform.server)
             ? ": it is the server's, without which the run cannot go on"
             : ", like those of all other clients, and none returns; a state_file's PERIODICITY "
               "lets them return");
  }
  if (!run->has_ended()) throw std::logic_error("an asynchronous run did not come to its end");
  return run->ledger();
}

}  // namespace gradwire::protocols
