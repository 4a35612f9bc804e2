#pragma once

#include <cstddef>
#include <vector>

#include "sim/cost/cost_model.hpp"
#include "sim/cost/iteration_timing.hpp"
#include "sim/network/channel.hpp"
#include "sim/network/platforms/platform.hpp"
#include "sim/network/semaphore.hpp"
#include "sim/protocols/config.hpp"
#include "sim/protocols/simulated_exchange.hpp"

namespace gradwire::protocols {

/// Exchange with a server whose shards lie on several hosts (D62). Each sends its stretch of the
/// model to all workers, receives its slice of every upload and handles them. A worker computes
/// when it has all stretches; the exchange ends when all shards have handled their slices.
class ShardedExchange final : public SimulatedExchange {
 public:
  ShardedExchange(network::Simulation& simulation, const network::Platform& platform,
                  const ProtocolConfig& protocol);

  void work(int worker) override;
  void stop() override;

 private:
  cost::IterationTiming simulate(const cost::IterationLoad& load,
                                 const ServerWork& server) override;

  /// The messages have no contents besides their size.
  struct Nothing {};
  using Channel = network::Channel<Nothing>;
  /// A shard's workers [first, end), whose messages one actor sends and receives.
  struct Block {
    std::size_t shard;
    std::size_t first;
    std::size_t end;
  };
  /// Dates of a worker in the open iteration.
  struct WorkerDates {
    Interval downlink;
    Interval compute;
  };

  [[nodiscard]] std::size_t workers() const { return dates_.size(); }
  [[nodiscard]] std::size_t shards() const { return handling_.size(); }
  /// Position of a shard's channel to or from worker m.
  [[nodiscard]] std::size_t at(std::size_t shard, std::size_t m) const {
    return shard * workers() + m;
  }
  [[nodiscard]] bool takes_part(std::size_t m) const { return load_->workers[m].takes_part; }
  [[nodiscard]] bool free_broadcast() const { return protocol_.broadcast == BroadcastKind::none; }
  [[nodiscard]] bool crosses_network(std::size_t shard, std::size_t m) const {
    return platform().shards[shard] != platform().workers[m];
  }
  /// Spawns an actor for each block of each shard.
  void start_actors(network::Simulation& simulation);
  /// Body of the actor of a block.
  void serve(std::size_t block);
  /// Sends the block's messages and, under concurrent reception, receives theirs; the shard's first
  /// actor receives all under sequential reception.
  void exchange(const Block& block);
  void receive_concurrently(const Block& block);
  void receive_one_by_one(std::size_t shard);
  void note_upload(std::size_t shard, std::size_t m, const network::Delivery<Nothing>& upload);
  /// Interval from the first stretch's begin to the last one's end.
  Interval receive_model(std::size_t m);
  void upload(std::size_t m);

  [[nodiscard]] cost::ByteLedger ledger() const;
  [[nodiscard]] cost::IterationTiming timing(Seconds begin) const;
  [[nodiscard]] WorkerTimes times(std::size_t m, Seconds begin) const;
  [[nodiscard]] ShardTimes times_of_shard(std::size_t shard, Seconds begin) const;

  const network::Simulation& simulation_;
  ProtocolConfig protocol_;
  std::vector<Channel> to_worker_;         ///< [S, M]
  std::vector<Channel> to_shard_;          ///< [S, M]
  std::vector<network::Semaphore> wake_;   ///< [M] if the broadcast is free, else empty
  std::vector<Block> blocks_;              ///< shard by shard
  std::vector<network::Semaphore> start_;  ///< [blocks], raised to serve an iteration
  std::vector<network::Semaphore> done_;   ///< [S] raised by each actor of the shard but the first
  network::Semaphore all_done_;            ///< raised by each shard at its end of the iteration
  const cost::IterationLoad* load_ = nullptr;  ///< of the open iteration
  // Of the open iteration, in dates of the simulation:
  std::vector<WorkerDates> dates_;   ///< [M]
  std::vector<Interval> downlinks_;  ///< [S, M] transfers of stretches
  std::vector<Interval> uplinks_;    ///< [S, M] transfers of slices
  std::vector<Interval> handling_;   ///< [S] of the slices
};

}  // namespace gradwire::protocols
