#pragma once

#include "sim/network/platforms/platform.hpp"
#include "sim/network/simulation.hpp"
#include "sim/protocols/exchange_pattern.hpp"

namespace gradwire::protocols {

/// An exchange between simulated actors: run() and stop() are called by the server's actor.
class SimulatedExchange : public ExchangePattern {
 public:
  explicit SimulatedExchange(const network::Platform& platform) : platform_(platform) {}

  /// Body of a worker's actor, until stop().
  virtual void work(int worker) = 0;

  const cost::IterationTiming& run(const cost::IterationLoad& load,
                                   const ServerWork& server) final {
    return newest_ = simulate(load, server);
  }
  [[nodiscard]] Seconds now() const final { return network::Simulation::now(); }

 protected:
  virtual cost::IterationTiming simulate(const cost::IterationLoad& load,
                                         const ServerWork& server) = 0;
  [[nodiscard]] const network::Platform& platform() const { return platform_; }
  /// Whether worker m's messages cross the network: false on the server's own host.
  [[nodiscard]] bool is_remote(std::size_t m) const { return platform_.is_remote(m); }

 private:
  const network::Platform& platform_;
  cost::IterationTiming newest_;
};

}  // namespace gradwire::protocols
