#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/participation.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/box.hpp"
#include "sim/core/iteration_source.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/update.hpp"
#include "sim/training/task_pool.hpp"
#include "sim/training/trainer.hpp"

namespace gradwire::training {

/// gamma of iteration t, counted from 0.
using Schedule = std::function<algorithms::StepSize(std::int64_t iteration)>;

class TimedOracle;

/// The workers and the server of a method.
struct Team {
  std::vector<algorithms::Worker> workers;  ///< [M]
  algorithms::Server server;
  algorithms::MessageShape shape;  ///< of the workers' uploads
  Box<algorithms::Participation> participation;
  bool defers = false;  ///< dense updates are added to the server's sum while they are computed
  /// Samples of the minibatches of iteration t where the problem's own have `base`; null: so many.
  std::function<int(int base, std::int64_t t)> batch_size = nullptr;
  /// Local steps of a worker in iteration t (D50); null: the method has none, and a worker computes
  /// one gradient.
  std::function<int(int worker, std::int64_t t)> local_steps = nullptr;
  bool steps_locally_if_single = false;  ///< not as a gradient, where local_steps gives 1
  bool has_variates = false;             ///< messages carry SCAFFOLD's control variates as well
  std::optional<algorithms::GroupModels> groups = {};  ///< models of groups of workers
  bool averages_statistics = false;  ///< Problem::completed_apart() in place of completed()
  bool draws_workers = false;        ///< only drawn workers advance in their minibatches
  /// The factor on the joined contributions in the server's step; null: gamma.
  std::function<double(algorithms::StepSize size)> server_factor = nullptr;
};

/// Computes the iterations: real gradients, the workers' steps, the server's step.
class SynchronousTrainer : public Trainer {
 public:
  struct Config {
    algorithms::AlgorithmConfig algorithm;
    int workers = 1;         ///< M
    std::uint64_t seed = 1;  ///< of the compressors' random numbers
    Schedule gamma;
    bool may_drop = false;  ///< finish() may be called with dropped workers
    /// To which the values of dense and sparse uploads are rounded (wire.values).
    algorithms::ValueFormat values = algorithms::ValueFormat::float32;
    /// Epochs of training data before iteration t; null: t / iterations_per_epoch().
    std::function<double(std::int64_t t)> epochs = nullptr;
    /// The first iteration, from 0, in which workers make more than one local step.
    std::int64_t local_from = 0;
    int server_shards = 1;  ///< for the sizes of the uploads' slices (D62)
  };
  /// `problem` and `pool` must outlive this object.
  SynchronousTrainer(Config config, Problem& problem, TaskPool& pool);
  /// The same with a team in place of the configured method's.
  SynchronousTrainer(Config config, Team team, Problem& problem, TaskPool& pool);
  ~SynchronousTrainer() override;

  [[nodiscard]] const EncodingNames& encodings() const override { return sizes_.names(); }
  /// Computes the workers' steps in parallel, on the pool.
  const IterationWork& next(const Dropped& absent) override;
  using IterationSource::next;
  /// The last steps of dropped workers are rolled back (Worker::rollback), and their minibatches do
  /// not count.
  void finish(const Dropped& dropped) override;
  using IterationSource::finish;

  [[nodiscard]] const IterationWork& work() const override { return work_; }
  [[nodiscard]] Model model() const override { return server_.model(); }
  [[nodiscard]] bool is_finite() const override;
  [[nodiscard]] Evaluation evaluate(const ParallelFor& each) override {
    return problem_.evaluate(model(), each);
  }
  /// Of the server's step, stored contributions and decision who takes part.
  [[nodiscard]] Bytes server_state_bytes() const override {
    const Bytes groups = groups_ ? groups_->state_bytes() : Bytes{};
    return server_.state_bytes() + participation_->state_bytes() + groups;
  }
  [[nodiscard]] Bytes worker_state_bytes() const override;
  [[nodiscard]] LearningWall wall() const override;

  void save(std::ostream& out) override;
  void load(std::istream& in) override;

 private:
  struct Step {
    algorithms::Message message;
    std::optional<GradientUpdate> deferred;  ///< in place of the message (D37)
    Part part;
    std::vector<Transmission> slices;  ///< of the upload, if they vary
    BatchStatistics batch;
  };
  Step step(int worker, algorithms::StepSize gamma);
  /// The same, with local steps of the worker's own model.
  Step step_locally(int worker, algorithms::StepSize gamma);
  /// Sets the sizes of the step's message.
  void measure(Step& step) const;
  /// Sets the step's message, or its deferred update.
  void offer(int worker, algorithms::StepSize gamma, GradientOracle& gradient, Step& step);
  /// The step of a worker that is absent or does not take part: computes no gradient.
  Step skip_iteration(int worker, algorithms::StepSize gamma);
  TaskPool::Pending<Step> start_step(int worker);
  /// Whether the worker computes in the open iteration: selected by the server, and present.
  [[nodiscard]] bool is_active(std::size_t worker) const {
    return takes_part_[worker] && !is_dropped(absent_, worker);
  }
  /// Adds a deferred update to the server's sum; the worker's oracle is not used after that.
  void add(GradientUpdate& update, std::size_t worker);
  /// Of the open iteration.
  [[nodiscard]] std::unique_ptr<Minibatches> open_minibatches();
  /// Samples of the worker's minibatches in iteration t.
  [[nodiscard]] int batch_size_at(int worker, std::int64_t t) const;
  /// Samples of the worker's minibatch in the open iteration, relative to the problem's own.
  [[nodiscard]] double relative_batch(std::size_t worker) const;
  /// Sets the numbers of minibatches that the workers compute in the open iteration, if they have
  /// sequences of their own, and whether they make local steps.
  void plan_minibatches();
  /// Whether all workers compute their minibatch of the same number, of the problem's own size.
  [[nodiscard]] bool is_in_lockstep() const;
  /// The open iteration's minibatches count in the problem's state; sets those of the next.
  void complete_minibatches();
  /// Announces to the minibatches the models besides theta^t at which the workers' oracles will be
  /// evaluated.
  void announce_reference_models();
  /// Whether the uploads of the newest exchange may be added on the way; deferred ones are dense.
  [[nodiscard]] bool uploads_are_summable() const;
  /// The exchanges after the first, if messages depend on each other.
  void compute_further_exchanges();
  [[nodiscard]] algorithms::StepContext context(int worker) const;
  [[nodiscard]] Exchange exchange_from(Transmission download) const;
  /// With the model as a download, and the message in its place if there is one.
  [[nodiscard]] Exchange first_exchange() const;
  /// Whether the worker lacks the model on which the downlink's message builds.
  [[nodiscard]] bool needs_model(std::size_t worker) const;
  [[nodiscard]] std::int32_t download_of(std::size_t worker) const;
  /// Shows the uploads that arrived to the server's decision who takes part.
  void report_uploads(const Dropped& dropped);
  /// The server's step with a joined message; false if the method has none.
  bool step_joined(double gamma, const Dropped& dropped,
                   std::shared_ptr<const PackedParameters>& kept);

  Config config_;
  Problem& problem_;
  TaskPool& pool_;
  algorithms::WireSizes sizes_;
  std::vector<algorithms::Worker> workers_;  ///< [M]
  algorithms::Server server_;
  Box<algorithms::Participation> participation_;
  std::int64_t iterations_per_epoch_ = 1;
  std::vector<std::int64_t> held_model_;  ///< [M] iteration of the newest model received; -1: none
  bool defers_;  ///< dense updates are added to the server's sum while they are computed
  std::function<int(int base, std::int64_t t)> batch_size_;  ///< null: the problem's own
  /// [M] the first minibatches of the open iteration; empty: all workers' are those with the number
  /// of the iteration.
  std::vector<BatchRange> ranges_;
  std::vector<int> computed_;  ///< [M] number of minibatches in the open iteration, if ranges_
  std::function<int(int worker, std::int64_t t)> local_steps_;
  bool steps_locally_if_single_;
  bool has_variates_;
  std::optional<algorithms::GroupModels> groups_;
  bool averages_statistics_;
  bool draws_workers_;
  std::function<double(algorithms::StepSize size)> server_factor_;
  bool is_local_ = false;  ///< the open iteration has local steps
  std::unique_ptr<Minibatches> minibatches_;
  std::vector<std::unique_ptr<TimedOracle>> oracles_;  ///< [M], of the open iteration
  IterationWork work_;
  std::vector<bool> takes_part_;               ///< [M], of the open iteration
  Dropped absent_;                             ///< [M], of the open iteration
  std::vector<algorithms::Message> messages_;  ///< [M], of the open iteration, unless deferred
  std::vector<BatchStatistics> batches_;       ///< [M], of the open iteration
  std::vector<LearningWall> worker_wall_;      ///< [M]; each is written by one thread at a time
  Seconds server_wall_;
  Seconds wall_on_caller_;  ///< excluding TaskPool::collecting()
};

}  // namespace gradwire::training
