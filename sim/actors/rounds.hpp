#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/actors/protocol_config.hpp"
#include "sim/actors/load.hpp"
#include "sim/actors/round_protocol.hpp"
#include "sim/actors/timing.hpp"
#include "sim/network/channel.hpp"
#include "sim/network/platform.hpp"
#include "sim/network/signal.hpp"

namespace gradwire::actors {

/// Rounds whose server receives every upload, however long it takes.
class Rounds : public RoundProtocol {
 public:
  Rounds(network::Simulation& simulation, const network::Platform& platform,
         ProtocolConfig protocol);

  void work(int worker) override;
  /// Nobody.
  Missed absent() override { return {}; }
  IterationTiming simulate(const IterationLoad& load, const ServerWork& server) override;
  void stop() override;

 private:
  /// To a worker: take part, with the model that comes along; or go home.
  struct Command {
    bool stop = false;
  };
  /// To the server.
  struct Reply {
    Interval downlink;
    Interval compute;
  };
  using Replies = std::vector<network::Delivery<Reply>>;
  /// Workers whose messages one actor sends and receives: from `first` to before `end`.
  struct Block {
    std::size_t first;
    std::size_t end;
  };
  using Receiving = network::Channel<Reply>::Receiving;
  using Sending = network::Channel<Command>::Sending;

  [[nodiscard]] bool free_broadcast() const { return protocol_.broadcast == "none"; }
  [[nodiscard]] bool waits_for_failed() const { return protocol_.on_failure == "wait"; }
  /// Throws InputError where the tree of a broadcast has no route.
  void require_tree() const;
  /// Hands all workers but the server's own block to clerks.
  void employ_clerks();
  /// What a clerk's actor does, until stop().
  void clerk(std::size_t number);
  /// The open iteration's messages to and, where uploads are concurrent, from these workers.
  void serve(Block block);
  std::vector<Sending> start_broadcast(Block block);
  /// The model to the nodes below this one.
  void pass_on(int node);
  std::optional<Interval> wait_for_model(int worker);
  void receive_concurrently(Block block);
  void receive_one_by_one();
  /// Worker m's reply, however often its host fails before; `posted` is the first receive.
  network::Delivery<Reply> reply_of(std::size_t m, Receiving posted);
  /// A worker's actor that begins again after its host failed asks for the open round's model.
  void ask_again(std::size_t m);
  [[nodiscard]] Books books() const;
  [[nodiscard]] IterationTiming timing(Seconds begin) const;

  network::Simulation& simulation_;
  const network::Platform& platform_;
  ProtocolConfig protocol_;
  std::vector<network::Channel<Command>> to_worker_;  ///< [M]
  std::vector<network::Channel<Reply>> to_server_;    ///< [M], one a worker
  std::vector<network::Signal> calls_;                ///< [M], where the broadcast is free
  std::vector<Block> blocks_;                         ///< of the server's actor, then of each clerk
  std::vector<network::Signal> orders_;               ///< to each clerk: serve
  network::Signal served_;                            ///< from each clerk
  Replies replies_;                                   ///< [M], of the iteration under way
  const IterationLoad* load_ = nullptr;               ///< of the iteration under way
  bool stopped_ = false;
  std::int64_t round_ = 0;  ///< under way, from 1
  /// Where the server waits for hosts that fail: [M], the last round whose upload has arrived, and
  /// how often the model came in this round.
  std::vector<std::int64_t> delivered_;
  std::vector<char> began_;  ///< [M], workers' actors, at least once
  std::vector<int> models_;
};

}  // namespace gradwire::actors
