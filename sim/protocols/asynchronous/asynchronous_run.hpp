#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "sim/core/stretch.hpp"
#include "sim/network/clerks.hpp"
#include "sim/network/semaphore.hpp"
#include "sim/network/transfer.hpp"
#include "sim/protocols/asynchronous/asynchronous.hpp"
#include "sim/protocols/asynchronous/client_clock.hpp"
#include "sim/protocols/gossip/ongoing_activities.hpp"

namespace gradwire::protocols {

/// A run of an asynchronous method. The server's actor handles what arrives in the order of
/// arrival, and at one date in the order of the clients. A client's messages to the server move one
/// after the other, as over one connection, beside its computations. A push that is followed by a
/// fetch carries the request.
///
/// If the server has shards (D63), each has such an actor, and a client such a connection to each.
/// A fetch ends when the stretches of all have arrived.
class AsynchronousRun {
 public:
  /// All must outlive the simulation's run.
  AsynchronousRun(network::Simulation& simulation, const network::Platform& platform,
                  const cost::CostModel& cost_model, AsynchronousSource& source,
                  const OnIteration& on_iteration);

  /// Body of the actor of a shard of the server, from 0; ends the others when the run ends.
  void serve(int shard);
  /// Body of a client's actor; begins anew after its host failed.
  void work(int client);
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  /// At the end of the last iteration.
  [[nodiscard]] const cost::ByteLedger& ledger() const { return ledger_; }

 private:
  /// A message of a client to the server: a push, a request for the model, or both in one.
  struct ToServer {
    int client = 0;
    std::int64_t life = 0;  ///< of the client
    bool is_push = false;
    bool requests = false;
    Transmission push;  ///< or its slice
    Bytes size;
    Seconds arrival;
  };
  /// A client's messages to and from one shard of the server.
  struct Connection {
    std::deque<ToServer> outbox;
    network::Semaphore posted;     ///< raised for each message in the outbox
    network::Semaphore answer;     ///< raised when the model is sent
    network::Transfer upward;      ///< the newest message to the server
    network::Transfer downward;    ///< the newest model
    Bytes moving_up, moving_down;  ///< sizes of messages that were not counted yet
    std::int64_t version = 0;      ///< of the newest model sent to it
    std::int64_t at_server = 0;    ///< pushes that arrived and are not applied
    Seconds fetch_began;           ///< date at which that model was sent
  };
  struct ClientState {
    std::int64_t life = 0;                ///< number of its beginnings
    std::int64_t turns = 0;               ///< in all lives
    std::vector<Connection> connections;  ///< [S]
    network::Semaphore stretch;           ///< with shards: raised when one has arrived
    ClientClock clock;
    ClientTimes counts;  ///< pushes and bytes since the last report
  };
  class Busy;
  /// The messages at one shard of the server.
  struct Shard {
    network::Semaphore bell;  ///< wakes it
    bool rung = false;
    std::vector<ToServer> arrived;  ///< not collected
    std::deque<ToServer> queue;     ///< to be handled
    std::vector<int> held;          ///< clients whose requests are not answered yet
    Stretch stretch;
    Bytes model;  ///< size of its messages to clients
  };

  // Of a client's actors:
  void begin_life(int client);
  void take_turn(int client, ClientTurn& turn);
  void compute(int client, const ClientTurn& turn);
  void await_model(int client);
  /// The part of it that comes from one shard.
  void receive_stretch(int client, int shard);
  /// Body of the actor that does so, if there are several.
  void receive_stretches(int client, int shard);
  void post(int client, int shard, ToServer message);
  void post_push(int client, const Transmission& push, bool requests);
  void post_request(int client);
  /// Body of the actor that sends a client's messages to a shard.
  void send_messages(int client, int shard);
  void arrive(int shard, ToServer message);

  // Of the server's:
  void collect(Shard& shard);
  void handle(int shard, const ToServer& message);
  void apply(int shard, const ToServer& message);
  void answer(int client, int shard);
  void answer_held(int shard);
  void finish_iteration();
  /// Counts messages that have arrived at, or came from, a host that failed.
  void settle(ClientState& client, Connection& connection);
  void settle(ClientState& client);

  [[nodiscard]] int shards() const { return static_cast<int>(shards_.size()); }
  [[nodiscard]] Shard& shard_at(int shard) { return shards_[static_cast<std::size_t>(shard)]; }
  [[nodiscard]] Connection& at(int client, int shard) {
    return at(client).connections[static_cast<std::size_t>(shard)];
  }
  /// The push as a message to each shard. Of one: the push itself.
  [[nodiscard]] std::vector<Transmission> slices_of(int client, const Transmission& push) const;
  [[nodiscard]] ClientState& at(int client) { return clients_[static_cast<std::size_t>(client)]; }
  [[nodiscard]] network::Host host(int client) const {
    return platform_.workers[static_cast<std::size_t>(client)];
  }
  [[nodiscard]] bool is_local(int client, int shard) const {
    return host(client) == servers_[static_cast<std::size_t>(shard)];
  }

  network::Simulation& simulation_;
  const network::Platform& platform_;
  const cost::CostModel& cost_model_;
  AsynchronousSource& source_;
  const OnIteration& on_iteration_;
  std::vector<network::Host> servers_;  ///< [S]
  std::deque<network::Clerks> clerks_;  ///< [S] the shards' ends of messages
  std::vector<Shard> shards_;           ///< [S]
  std::vector<ClientState> clients_;    ///< [M]
  OngoingComputations uplink_, downlink_, computing_, serving_;
  // Since the last report:
  Communication communication_;
  std::vector<ClientActivity> activities_;
  std::vector<EdgeMessage> pushes_;
  std::vector<ClientTimes> times_;  ///< [M]
  std::int64_t iteration_ = 0;
  Seconds reported_;
  cost::ByteLedger delivered_;
  cost::ByteLedger ledger_;
  bool is_reporting_ = false;  ///< an iteration is being reported
  bool has_ended_ = false;
};

}  // namespace gradwire::protocols
