#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/core/asynchronous_source.hpp"
#include "sim/trace/trace.hpp"
#include "sim/training/asynchronous_trainer.hpp"
#include "sim/training/counted_source.hpp"

namespace gradwire::training {

/// A resumed asynchronous run: simulates what came before the checkpoint again, with the sizes of
/// the pushes in its log instead of arithmetic, then goes on with the trainer.
class ResumedAsynchronousSource final : public AsynchronousSource {
 public:
  /// `past`: contents of the trace up to the checkpoint, or nullopt for a run from its beginning.
  /// Its edges are the log: the pushes, in the order in which they were applied. Precondition: the
  /// trainer's state is that after the last iteration of `past`. The trainer must outlive this
  /// object.
  ResumedAsynchronousSource(const std::optional<std::string>& past,
                            const algorithms::AlgorithmConfig& algorithm, int workers,
                            AsynchronousTrainer& trainer);

  [[nodiscard]] const EncodingNames& encodings() const override { return trainer_.encodings(); }
  [[nodiscard]] std::int64_t parameters() const override { return trainer_.parameters(); }
  [[nodiscard]] bool computes() const override { return true; }
  ClientTurn next_turn(int client) override { return now().next_turn(client); }
  [[nodiscard]] bool answers(int client, int shard) const override {
    return now().answers(client, shard);
  }
  std::int64_t fetch(int client, int shard) override { return now().fetch(client, shard); }
  void receive(int client) override { now().receive(client); }
  Transmission push(int client) override { return now().push(client); }
  void begin(int client) override { now().begin(client); }
  Transmission end(int client) override { return now().end(client); }
  [[nodiscard]] std::vector<Transmission> slices(int client) const override {
    return now().slices(client);
  }
  [[nodiscard]] double gradients_per_step(int client) const override {
    return trainer_.gradients_per_step(client);
  }
  AppliedPush apply(int client, int shard) override { return now().apply(client, shard); }
  const IterationWork& finish_iteration() override;
  void fail(int client, std::int64_t arrived) override { now().fail(client, arrived); }

  /// The newest iteration.
  [[nodiscard]] const IterationWork& work() const { return *work_; }
  /// Whether the newest iteration was read from the log.
  [[nodiscard]] bool replaying() const { return replaying_; }

 private:
  using PushSizes = AsynchronousTrainer::PushSizes;
  /// A client's pushes that are not sent again yet: so many of one size, one after the other.
  struct Sizes {
    PushSizes size;
    std::int64_t count = 0;
  };
  void read_log(const std::string& past);
  void add(std::int32_t client, const PushSizes& size);
  PushSizes next_size(int client);
  [[nodiscard]] AsynchronousSource& now() {
    return counted_ ? static_cast<AsynchronousSource&>(*counted_) : trainer_;
  }
  [[nodiscard]] const AsynchronousSource& now() const {
    return counted_ ? static_cast<const AsynchronousSource&>(*counted_) : trainer_;
  }

  AsynchronousTrainer& trainer_;
  std::unique_ptr<TraceReader> trace_;     ///< null: from the beginning
  std::optional<CountedSource> counted_;   ///< until the log's end
  std::vector<std::vector<Sizes>> sizes_;  ///< [M], of the log
  std::vector<std::size_t> position_;      ///< [M] in sizes_
  std::vector<Transmission> slices_;       ///< of the push of the last call of next_size()
  bool replaying_ = false;
  const IterationWork* work_ = nullptr;
};

}  // namespace gradwire::training
