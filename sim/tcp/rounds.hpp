#pragma once

#include <vector>

#include "sim/actors/protocol_config.hpp"
#include "sim/actors/load.hpp"
#include "sim/actors/timing.hpp"
#include "sim/tcp/party.hpp"

namespace gradwire::tcp {

/// Whose computation takes how long: who computes sleeps.
struct Speeds {
  FlopsPerSecond server;
  std::vector<FlopsPerSecond> workers;  ///< [M]
};

/// Throws InputError for a protocol that cannot be played between real hosts.
void require_playable(const actors::ProtocolConfig& protocol);

/// What actors::Rounds is in the simulation: plays one iteration after the other with real bytes
/// between real hosts, and measures them. What the two sides have to say to each other beside the
/// iteration's own messages they say between iterations, when no clock runs.
class Rounds {
 public:
  /// `party` must outlive it; `protocol` must be playable.
  Rounds(Party& party, actors::ProtocolConfig protocol, Speeds speeds);

  /// One iteration under `load`, from now on.
  actors::IterationTiming play(const actors::IterationLoad& load);

 private:
  [[nodiscard]] bool sequential() const { return protocol_.uplink == "sequential"; }
  [[nodiscard]] bool free_broadcast() const { return protocol_.broadcast == "none"; }
  [[nodiscard]] Seconds compute_seconds(std::size_t m) const;
  [[nodiscard]] Bytes model_on_the_line() const;
  void announce();
  void broadcast();
  /// Until everybody's upload is here.
  void receive_all();
  void receive_in_turn();
  void await_upload(std::size_t m);
  [[nodiscard]] std::vector<Times> reports();
  [[nodiscard]] actors::IterationTiming timing(Seconds duration, const std::vector<Times>& reports);
  [[nodiscard]] WorkerTimes times_of(std::size_t m, const Times& report);

  Party& party_;
  actors::ProtocolConfig protocol_;
  Speeds speeds_;
  const actors::IterationLoad* load_ = nullptr;  ///< of the iteration under way
  Seconds begin_;
  std::vector<Seconds> asked_;          ///< [M], when the server was ready to receive
  std::vector<Bytes> received_before_;  ///< [M], payload, before this iteration
  Bytes sent_down_;                     ///< given to sockets in this iteration
};

}  // namespace gradwire::tcp
