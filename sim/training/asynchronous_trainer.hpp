#pragma once

#include <cstdint>
#include <deque>
#include <iosfwd>
#include <memory>
#include <optional>
#include <vector>

#include "sim/algorithms/asynchronous/client.hpp"
#include "sim/algorithms/asynchronous/server_shards.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/asynchronous_source.hpp"
#include "sim/core/problem.hpp"
#include "sim/training/learner.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "sim/training/task_pool.hpp"

namespace gradwire::training {

/// Learns by an asynchronous method. A client's arithmetic runs on the pool from begin() to end();
/// the server's when a push is applied. What is learned depends on the order of the calls, and not
/// on when the pool executes tasks.
class AsynchronousTrainer final : public AsynchronousSource, public Learner {
 public:
  struct Config {
    algorithms::AlgorithmConfig algorithm;
    int workers = 1;
    std::uint64_t seed = 1;  ///< of the compressors' random numbers
    Schedule gamma;          ///< of an iteration: M applied pushes
    algorithms::ValueFormat values = algorithms::ValueFormat::float32;
    /// Passes through the training data in the first `iteration` iterations.
    std::function<double(std::int64_t iteration)> epochs;
    int server_shards = 1;
  };
  /// `problem` and `pool` must outlive this object.
  AsynchronousTrainer(Config config, Problem& problem, TaskPool& pool);

  [[nodiscard]] const EncodingNames& encodings() const override { return sizes_.names(); }
  [[nodiscard]] std::int64_t parameters() const override { return d_; }
  [[nodiscard]] bool computes() const override { return true; }
  ClientTurn next_turn(int client) override;
  [[nodiscard]] bool answers(int client, int shard) const override {
    return server_.answers(client, shard);
  }
  std::int64_t fetch(int client, int shard) override;
  void receive(int client) override;
  Transmission push(int client) override;
  void begin(int client) override;
  Transmission end(int client) override;
  [[nodiscard]] std::vector<Transmission> slices(int client) const override;
  [[nodiscard]] double gradients_per_step(int client) const override {
    return problem_.relative_cost(client);
  }
  AppliedPush apply(int client, int shard) override;
  const IterationWork& finish_iteration() override;
  void fail(int client, std::int64_t arrived) override;

  [[nodiscard]] int server_shards() const { return server_.count(); }
  /// The number of slices that follow a push in the log of an iteration.
  [[nodiscard]] std::size_t recorded_slices() const {
    return sizes_.slices_vary() ? static_cast<std::size_t>(server_.count()) : 0;
  }
  /// The sizes of a push, and those of its slices() where they are recorded.
  struct PushSizes {
    Transmission whole;
    std::vector<Transmission> slices;
    friend bool operator==(const PushSizes&, const PushSizes&) = default;
  };
  /// Of the client's pushes that were sent, or computed, and not applied by all shards; the oldest
  /// first.
  [[nodiscard]] std::vector<PushSizes> pending(int client) const;
  /// Waits for the computations that run, so that sizes and times of the state can be read.
  void await_computations();
  /// The newest iteration.
  [[nodiscard]] const IterationWork& work() const { return work_; }

  [[nodiscard]] Model model() const override { return server_.model(); }
  [[nodiscard]] bool is_finite() const override;
  [[nodiscard]] Evaluation evaluate(const ParallelFor& each) override {
    return problem_.evaluate(model(), each);
  }
  [[nodiscard]] Bytes server_state_bytes() const override { return server_.state_bytes(); }
  [[nodiscard]] Bytes worker_state_bytes() const override;
  [[nodiscard]] LearningWall wall() const override;

  void save(std::ostream& out) override;
  void load(std::istream& in) override;

 private:
  /// What a client's computation gives.
  struct Computed {
    algorithms::Message message;
    BatchStatistics batch;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(message, batch.loss, batch.correct, batch.samples, batch.correct_top5);
    }
  };
  struct Push {
    algorithms::Message message;
    PushSizes size;
    BatchStatistics batch;              ///< of the steps since the push before
    std::vector<std::int64_t> version;  ///< [S] the newest that the client had received
    bool is_lost = false;               ///< does not arrive
  };
  struct ClientState {
    std::unique_ptr<algorithms::Client> client;
    ClientTurn turn;
    std::int64_t steps = 0;             ///< since it (re)started, without the open turn's
    std::int64_t turns = 0;             ///< in all; selects its draws
    BatchRange range;                   ///< its next minibatch
    std::vector<Model> in_transit;      ///< [S] the fetched stretches
    std::vector<std::int64_t> version;  ///< [S] of the newest that it received
    BatchStatistics batch;              ///< of the steps since the newest push
    std::deque<Push> pushes;            ///< not applied by all shards
    std::vector<std::size_t> applied;   ///< [S] how many of them a shard has applied
    std::optional<TaskPool::Pending<Computed>> running;
    std::optional<Computed> computed;  ///< its result, if the end was awaited early
    LearningWall wall{};
  };

  Computed compute(int client, std::int64_t turn, algorithms::StepSize size);
  /// Waits for a computation that runs.
  void collect(ClientState& state);
  Transmission keep(ClientState& state, algorithms::Message message);
  [[nodiscard]] PushSizes sizes_of(const algorithms::Message& message) const;
  /// All shards have applied the client's oldest push.
  void complete(int client);
  /// Lost pushes up to the client's next one are in the past: enters them in the log.
  void note_lost(int client);
  [[nodiscard]] algorithms::StepContext context(int client, std::int64_t turn) const;
  void start_iteration();
  [[nodiscard]] ClientState& at(int client) { return clients_[static_cast<std::size_t>(client)]; }

  Config config_;
  Problem& problem_;
  TaskPool& pool_;
  std::int64_t d_;
  algorithms::AlgorithmConfig method_;         ///< with_defaults()
  algorithms::AlgorithmConfig worker_method_;  ///< of the server's factor
  ClientTurn (*turn_of_)(const algorithms::AlgorithmConfig& config, std::int64_t steps);
  algorithms::WireSizes sizes_;
  std::unique_ptr<algorithms::Client> new_client_;
  std::vector<ClientState> clients_;  ///< [M]
  algorithms::ServerShards server_;
  std::int64_t iteration_ = 0;  ///< complete ones
  IterationWork open_;          ///< of the open iteration
  IterationWork work_;          ///< of the newest complete one
  Seconds server_wall_;
  Seconds wall_on_caller_;  ///< excluding TaskPool::collecting()
};

}  // namespace gradwire::training
