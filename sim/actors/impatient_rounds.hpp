#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/actors/protocol_config.hpp"
#include "sim/actors/round_protocol.hpp"
#include "sim/network/channel.hpp"
#include "sim/network/platform.hpp"
#include "sim/network/signal.hpp"

namespace gradwire::actors {

/// Rounds whose server goes on without workers that are late or whose hosts fail
/// (ProtocolConfig::on_failure: go_on). It waits for an upload for ProtocolConfig::timeout from
/// when it begins to receive it: all at once that is the iteration's begin, one after the other
/// when it is done with the one before. Then it breaks off what is still on its way, either way. A
/// worker that computes goes on computing and drops the outcome. One that is down or still computes
/// when an iteration begins is absent from it: it gets no model, and nobody waits for it.
class ImpatientRounds : public RoundProtocol {
 public:
  ImpatientRounds(const network::Simulation& simulation, const network::Platform& platform,
                  const ProtocolConfig& protocol);

  void work(int worker) override;
  Missed absent() override;
  IterationTiming simulate(const IterationLoad& load, const ServerWork& server) override;
  void stop() override;

 private:
  struct Command {
    std::int64_t round;
  };
  struct Reply {};
  using Receiving = network::Channel<Reply>::Receiving;
  using Sending = network::Channel<Command>::Sending;

  /// What is known of a worker. Actors never run at the same time, so they may all look.
  struct Member {
    std::int64_t asked = 0;         ///< last round that it was to take part in
    std::int64_t done = 0;          ///< last round that it is through with; as `asked`: it is free
    std::int64_t given_up = 0;      ///< last round that ended without it
    std::int64_t has_model_of = 0;  ///< newest round whose model has come
    bool alive = false;             ///< its actor
    bool sending = false;
    bool arrived = false;                ///< in the open round
    std::int64_t models = 0;             ///< that have come, in all rounds
    std::int64_t counted = 0;            ///< of these, in the records
    WorkerLoad load;                     ///< of round `asked`
    Interval downlink, compute, uplink;  ///< newest, as dates; end is `never` while it lasts
    network::Signal call;                ///< where the broadcast is free
  };

  [[nodiscard]] bool free_broadcast() const { return protocol_.broadcast == "none"; }
  [[nodiscard]] bool is_free(std::size_t m) const;
  /// The round to take part in, once its model is here; nothing: that was called off.
  std::optional<std::int64_t> wait_for_model(std::size_t m);
  void compute(Member& me);
  void upload(std::size_t m, std::int64_t round);

  void ask_everybody(const IterationLoad& load);
  void receive_all();
  void receive(std::size_t m, Receiving& posted, Seconds deadline);
  void give_up(std::size_t m, Receiving& posted);
  [[nodiscard]] Missed missed() const;
  [[nodiscard]] Books books() const;
  [[nodiscard]] IterationTiming timing(Seconds begin, Seconds all_there);
  [[nodiscard]] WorkerTimes times(std::size_t m, Interval round);

  const network::Simulation& simulation_;
  const network::Platform& platform_;
  ProtocolConfig protocol_;
  std::vector<network::Channel<Command>> to_worker_;  ///< [M]
  std::vector<network::Channel<Reply>> to_server_;    ///< [M]
  std::vector<Member> members_;                       ///< [M]
  Missed absent_;                                     ///< [M], from the open round
  std::vector<Sending> models_;                       ///< [M], of the open round
  network::Signal progress_;                          ///< somebody has sent something, or is free
  std::int64_t round_ = 0;                            ///< under way, from 1
  Bytes model_;                                       ///< its weight
};

}  // namespace gradwire::actors
