#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/network/channel.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/network/semaphore.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/simulated_exchange.hpp"

namespace gradwire::protocols {

/// Exchange whose server continues without workers that are late or whose hosts fail
/// (ProtocolConfig::on_failure: go_on). The timeout of an upload (ProtocolConfig::timeout) counts
/// from the start of its reception: the start of the iteration under concurrent reception, the end
/// of the previous reception under sequential reception. At the timeout the server cancels what is
/// still being transferred, in both directions. A worker that is computing completes the
/// computation and discards the result. A worker that is down or still computing at the start of an
/// iteration is absent from it: it receives no model, and the server does not wait for it.
class TimeoutExchange final : public SimulatedExchange {
 public:
  TimeoutExchange(const network::Simulation& simulation, const network::Platform& platform,
                  const ProtocolConfig& protocol);

  void work(int worker) override;
  Dropped absent() override;
  void stop() override;

 private:
  cost::IterationTiming simulate(const cost::IterationLoad& load,
                                 const ServerWork& server) override;

  struct Command {
    std::int64_t round;
    Bytes size;
  };
  struct Reply {};
  using Receiving = network::Channel<Reply>::Receiving;
  using Sending = network::Channel<Command>::Sending;

  /// State of a worker. Actors never run at the same time, so they may all access it.
  struct Member {
    std::int64_t asked = 0;  ///< last iteration that it was to take part in
    std::int64_t done = 0;   ///< last iteration that it has finished; equals `asked` if it is free
    std::int64_t last_dropped = 0;  ///< last iteration that was completed without it
    std::int64_t has_model_of = 0;  ///< newest iteration whose model it has received
    bool alive = false;             ///< its actor is running
    bool sending = false;
    bool arrived = false;   ///< its upload of the open iteration
    Bytes received{};       ///< of the server, not reported in a WorkerTimes yet
    cost::WorkerLoad load;  ///< of iteration `asked`
    /// Newest, as dates; the end is `never` while in progress.
    Interval downlink, compute, uplink;
    network::Semaphore call;  ///< raised instead of a message if the broadcast is free
  };

  [[nodiscard]] bool free_broadcast() const { return protocol_.broadcast == BroadcastKind::none; }
  [[nodiscard]] bool is_free(std::size_t m) const;
  /// Waits for the worker's model and returns its iteration; nullopt if the transfer was cancelled.
  std::optional<std::int64_t> wait_for_model(std::size_t m);
  void compute(Member& me);
  void upload(std::size_t m, std::int64_t round);

  void start_iteration(const cost::IterationLoad& load);
  void receive_all();
  void receive(std::size_t m, Receiving& posted, Seconds deadline);
  void give_up(std::size_t m, Receiving& posted);
  [[nodiscard]] Dropped dropped() const;
  [[nodiscard]] cost::ByteLedger ledger() const;
  [[nodiscard]] cost::IterationTiming timing(Seconds begin, Seconds all_there);
  [[nodiscard]] WorkerTimes times(std::size_t m, Interval round);

  const network::Simulation& simulation_;
  ProtocolConfig protocol_;
  std::vector<network::Channel<Command>> to_worker_;  ///< [M]
  std::vector<network::Channel<Reply>> to_server_;    ///< [M]
  std::vector<Member> members_;                       ///< [M]
  Dropped absent_;                                    ///< [M], of the open iteration
  std::vector<Sending> models_;                       ///< [M], sends of the open iteration
  network::Semaphore progress_;  ///< raised when a worker has sent its upload or becomes free
  std::int64_t round_ = 0;       ///< open iteration, from 1
};

}  // namespace gradwire::protocols
