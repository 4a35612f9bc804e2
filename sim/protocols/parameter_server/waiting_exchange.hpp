#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/network/channel.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/network/semaphore.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/simulated_exchange.hpp"

namespace gradwire::protocols {

/// Exchange whose server waits for every upload, however long it takes.
class WaitingExchange final : public SimulatedExchange {
 public:
  WaitingExchange(network::Simulation& simulation, const network::Platform& platform,
                  ProtocolConfig protocol);

  void work(int worker) override;
  void stop() override;

 private:
  cost::IterationTiming simulate(const cost::IterationLoad& load,
                                 const ServerWork& server) override;

  /// To a worker: compute on the model sent with it, or stop.
  struct Command {
    bool stop = false;
  };
  /// To the server: an upload or a skip flag.
  struct Reply {
    Interval downlink;
    Interval compute;
  };
  using Replies = std::vector<network::Delivery<Reply>>;
  /// The workers [first, end), whose messages one actor of the server sends and receives.
  struct Block {
    std::size_t first;
    std::size_t end;
  };
  using Receiving = network::Channel<Reply>::Receiving;
  using Sending = network::Channel<Command>::Sending;

  [[nodiscard]] bool free_broadcast() const { return protocol_.broadcast == BroadcastKind::none; }
  [[nodiscard]] bool takes_part(std::size_t m) const { return load_->workers[m].takes_part; }
  [[nodiscard]] bool waits_for_failed() const { return protocol_.on_failure == OnFailure::wait; }
  /// Throws InputError if an edge of the broadcast tree has no route.
  void require_tree() const;
  /// Divides the workers into blocks and spawns a helper actor for each block except the first,
  /// which the server's own actor serves.
  void start_helpers();
  /// Body of a helper actor, until stop().
  void helper(std::size_t number);
  /// Sends the open iteration's messages to the workers of the block and, under concurrent
  /// reception, receives theirs.
  void serve(Block block);
  std::vector<Sending> start_broadcast(Block block);
  /// Sends the model to the children of `node` in the broadcast tree.
  void forward(int node);
  std::optional<Interval> wait_for_model(int worker);
  void receive_concurrently(Block block);
  void receive_one_by_one();
  /// Receives worker m's reply, repeatedly if its host fails meanwhile; `posted` is the first
  /// receive.
  network::Delivery<Reply> reply_of(std::size_t m, Receiving posted);
  /// Called at the start of a worker's actor. When the actor has been restarted after a host
  /// failure, has the open iteration's model sent again, unless the upload has arrived or a model
  /// is waiting in the mailbox.
  void resend_model_after_restart(std::size_t m);
  [[nodiscard]] cost::ByteLedger ledger() const;
  [[nodiscard]] cost::IterationTiming timing(Seconds begin) const;

  network::Simulation& simulation_;
  ProtocolConfig protocol_;
  std::vector<network::Channel<Command>> to_worker_;  ///< [M]
  std::vector<network::Channel<Reply>> to_server_;    ///< [M], one per worker
  std::vector<network::Semaphore> wake_;              ///< [M] if the broadcast is free, else empty
  std::vector<Block> blocks_;              ///< of the server's actor, then of each helper
  std::vector<network::Semaphore> start_;  ///< [helpers], raised to serve an iteration
  network::Semaphore done_;                ///< raised by each helper at its end of the iteration
  Replies replies_;                        ///< [M], of the open iteration
  const cost::IterationLoad* load_ = nullptr;  ///< of the open iteration
  bool stopped_ = false;
  std::int64_t round_ = 0;  ///< open iteration, from 1
  /// Under on_failure: wait, [M]: the last iteration whose upload has arrived.
  std::vector<std::int64_t> delivered_;
  std::vector<char> started_;  ///< [M], 1 once the worker's actor has started
  std::vector<int> models_;    ///< [M], models received in the open iteration (on_failure: wait)
};

}  // namespace gradwire::protocols
