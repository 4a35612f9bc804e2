#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "sim/algorithms/asynchronous/versions.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/core/asynchronous_source.hpp"

namespace gradwire::training {

/// Turns, versions and staleness of an asynchronous method whose pushes' sizes are known, without
/// arithmetic.
class CountedSource final : public AsynchronousSource {
 public:
  struct Config {
    algorithms::AlgorithmConfig algorithm;
    int workers = 1;
    std::int64_t parameters = 0;  ///< d
    EncodingNames encodings;
    std::vector<double> gradients_per_step;  ///< [M]; empty: 1
    /// The size of the client's next push.
    std::function<Transmission(int client)> next_size;
    int server_shards = 1;
    /// Those of its slices(), called after next_size(); null: they follow from its length.
    std::function<std::vector<Transmission>(int client)> next_slices = nullptr;
  };
  explicit CountedSource(Config config);

  [[nodiscard]] const EncodingNames& encodings() const override { return config_.encodings; }
  [[nodiscard]] std::int64_t parameters() const override { return config_.parameters; }
  [[nodiscard]] bool computes() const override { return false; }
  ClientTurn next_turn(int client) override;
  [[nodiscard]] bool answers(int client, int shard) const override {
    return versions_[static_cast<std::size_t>(shard)].answers(client);
  }
  std::int64_t fetch(int client, int shard) override;
  void receive(int client) override { at(client).version = at(client).in_transit; }
  Transmission push(int client) override;
  void begin(int /*client*/) override {}
  Transmission end(int client) override;
  [[nodiscard]] std::vector<Transmission> slices(int client) const override {
    return clients_[static_cast<std::size_t>(client)].slices;
  }
  [[nodiscard]] double gradients_per_step(int client) const override;
  AppliedPush apply(int client, int shard) override;
  /// Without parts and edges.
  const IterationWork& finish_iteration() override { return work_; }
  void fail(int client, std::int64_t arrived) override;

 private:
  struct Push {
    Transmission size;
    std::vector<std::int64_t> version;  ///< [S] the newest that the client had received
  };
  struct ClientState {
    ClientTurn turn;
    std::int64_t steps = 0;                ///< since it (re)started
    std::vector<std::int64_t> in_transit;  ///< [S] versions of the fetched stretches
    std::vector<std::int64_t> version;     ///< [S] of the newest that it received
    std::deque<Push> pushes;               ///< not applied by all shards
    std::vector<std::size_t> applied;      ///< [S] how many of them a shard has applied
    std::vector<Transmission> slices;      ///< of the newest push
  };
  [[nodiscard]] ClientState& at(int client) { return clients_[static_cast<std::size_t>(client)]; }

  Config config_;
  ClientTurn (*turn_of_)(const algorithms::AlgorithmConfig& config, std::int64_t steps);
  std::vector<algorithms::Versions> versions_;  ///< [S]
  std::vector<ClientState> clients_;            ///< [M]
  IterationWork work_;
};

}  // namespace gradwire::training
