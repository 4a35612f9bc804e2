#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

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
class AsynchronousRun {
 public:
  /// All must outlive the simulation's run.
  AsynchronousRun(network::Simulation& simulation, const network::Platform& platform,
                  const cost::CostModel& cost_model, AsynchronousSource& source,
                  const OnAsynchronousIteration& on_iteration);

  /// Body of the server's actor; ends the others when the run ends.
  void serve();
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
    Transmission push;
    Bytes size;
    Seconds arrival;
  };
  struct ClientState {
    std::int64_t life = 0;   ///< number of its beginnings
    std::int64_t turns = 0;  ///< in all lives
    std::deque<ToServer> outbox;
    network::Semaphore posted;     ///< raised for each message in the outbox
    network::Semaphore answer;     ///< raised when the model is sent
    network::Transfer upward;      ///< the newest message to the server
    network::Transfer downward;    ///< the newest model
    Bytes moving_up, moving_down;  ///< sizes of messages that were not counted yet
    std::int64_t version = 0;      ///< of the newest model sent to it
    std::int64_t at_server = 0;    ///< pushes that arrived and are not applied
    ClientClock clock;
    ClientTimes counts;  ///< pushes and bytes since the last report
  };
  class Busy;

  // Of a client's actors:
  void begin_life(int client);
  void take_turn(int client, ClientTurn& turn);
  void compute(int client, const ClientTurn& turn);
  void await_model(int client);
  void post(int client, ToServer message);
  void post_push(int client, const Transmission& push, bool requests);
  void post_request(int client);
  /// Body of the actor that sends a client's messages.
  void send_messages(int client);
  void arrive(ToServer message);

  // Of the server's:
  void collect();
  void handle(const ToServer& message);
  void apply(const ToServer& message);
  void answer(int client);
  void answer_held();
  void finish_iteration();
  /// Counts messages that have arrived at, or came from, a host that failed.
  void settle(ClientState& client);

  [[nodiscard]] ClientState& at(int client) { return clients_[static_cast<std::size_t>(client)]; }
  [[nodiscard]] network::Host host(int client) const {
    return platform_.workers[static_cast<std::size_t>(client)];
  }
  [[nodiscard]] bool is_local(int client) const { return host(client) == platform_.server; }

  network::Simulation& simulation_;
  const network::Platform& platform_;
  const cost::CostModel& cost_model_;
  AsynchronousSource& source_;
  const OnAsynchronousIteration& on_iteration_;
  Transmission model_;                ///< of a dense model
  network::Clerks clerks_;            ///< the server's ends of messages
  std::vector<ClientState> clients_;  ///< [M]
  network::Semaphore bell_;           ///< wakes the server
  bool rung_ = false;
  std::vector<ToServer> arrived_;  ///< not collected
  std::deque<ToServer> queue_;     ///< to be handled
  std::vector<int> held_;          ///< clients whose requests are not answered yet
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
  bool has_ended_ = false;
};

}  // namespace gradwire::protocols
