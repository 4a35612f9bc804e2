#pragma once

#include <vector>

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/exchange_pattern.hpp"
#include "sim/tcp/worker_pool.hpp"

namespace gradwire::tcp {

/// Speeds of the computations, which are replaced by sleeps of work / speed seconds.
struct Speeds {
  FlopsPerSecond server;
  std::vector<FlopsPerSecond> workers;  ///< [M]
  bool computes = true;                 ///< false: computations take no time, the server's included
};

/// Throws InputError for a protocol that is not supported between real hosts.
void require_supported(const protocols::ProtocolConfig& protocol);

/// The counterpart of protocols::WaitingExchange between real hosts: executes one iteration after
/// the other with real bytes, and measures them. Control messages that are not part of an iteration
/// are exchanged between iterations, outside of the measured time.
class SocketExchange final : public protocols::ExchangePattern {
 public:
  /// `worker_pool` must outlive this object; `protocol` must satisfy require_supported().
  SocketExchange(WorkerPool& worker_pool, protocols::ProtocolConfig protocol, Speeds speeds);

  const cost::IterationTiming& run(const cost::IterationLoad& load,
                                   const protocols::ServerWork& server) override;
  /// Sum of the measured durations.
  [[nodiscard]] Seconds now() const override { return finished_; }
  void stop() override {}

 private:
  /// Whether worker m's messages cross the network: false on the server's own host.
  [[nodiscard]] bool is_remote(std::size_t m) const;
  [[nodiscard]] bool sequential() const {
    return protocol_.uplink == protocols::Reception::sequential;
  }
  [[nodiscard]] bool free_broadcast() const {
    return protocol_.broadcast == protocols::BroadcastKind::none;
  }
  [[nodiscard]] Seconds compute_seconds(std::size_t m) const;
  [[nodiscard]] Bytes model_on_the_line() const;
  void announce();
  void broadcast();
  /// Blocks until all uploads have arrived.
  void receive_all();
  void receive_in_turn();
  void await_upload(std::size_t m);
  [[nodiscard]] std::vector<Times> reports();
  [[nodiscard]] cost::IterationTiming timing(Seconds duration, const std::vector<Times>& reports);
  [[nodiscard]] WorkerTimes times_of(std::size_t m, const Times& report);

  WorkerPool& pool_;
  protocols::ProtocolConfig protocol_;
  Speeds speeds_;
  cost::IterationLoad load_;  ///< of the current iteration
  cost::IterationTiming newest_;
  Seconds finished_;
  Seconds begin_;
  std::vector<Seconds> asked_;          ///< [M], when the server was ready to receive
  std::vector<Bytes> received_before_;  ///< [M], payload, before this iteration
  Bytes sent_down_;                     ///< payload passed to the sockets in this iteration
};

}  // namespace gradwire::tcp
