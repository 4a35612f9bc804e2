#pragma once

#include <optional>

#include "sim/algorithms/config.hpp"
#include "sim/core/asynchronous_source.hpp"
#include "sim/core/iteration_source.hpp"
#include "sim/training/counted_source.hpp"

namespace gradwire::training {

/// The iterations of a synthetic trace as an asynchronous run without learning: each worker's
/// pushes have the size of its upload in the first iteration.
class SyntheticAsynchronousSource final : public AsynchronousSource {
 public:
  /// `iterations` must outlive this object.
  SyntheticAsynchronousSource(const algorithms::AlgorithmConfig& algorithm, int server_shards,
                              IterationSource& iterations);

  [[nodiscard]] const EncodingNames& encodings() const override { return iterations_.encodings(); }
  [[nodiscard]] std::int64_t parameters() const override { return work_->parameters; }
  [[nodiscard]] bool computes() const override { return false; }
  ClientTurn next_turn(int client) override { return counted_->next_turn(client); }
  [[nodiscard]] bool answers(int client, int shard) const override {
    return counted_->answers(client, shard);
  }
  std::int64_t fetch(int client, int shard) override { return counted_->fetch(client, shard); }
  void receive(int client) override { counted_->receive(client); }
  Transmission push(int client) override { return counted_->push(client); }
  void begin(int client) override { counted_->begin(client); }
  Transmission end(int client) override { return counted_->end(client); }
  [[nodiscard]] std::vector<Transmission> slices(int client) const override {
    return counted_->slices(client);
  }
  [[nodiscard]] double gradients_per_step(int client) const override {
    return counted_->gradients_per_step(client);
  }
  AppliedPush apply(int client, int shard) override { return counted_->apply(client, shard); }
  const IterationWork& finish_iteration() override;
  void fail(int client, std::int64_t arrived) override { counted_->fail(client, arrived); }

 private:
  IterationSource& iterations_;
  const IterationWork* work_;  ///< of the open iteration, or of the newest
  bool is_open_ = true;
  std::vector<Transmission> sizes_;  ///< [M]
  std::optional<CountedSource> counted_;
};

}  // namespace gradwire::training
