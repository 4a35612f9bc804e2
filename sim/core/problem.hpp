#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/layout.hpp"
#include "sim/core/model.hpp"
#include "sim/kernels/weighted_sum.hpp"
#include "sim/kernels/write_observer.hpp"

namespace gradwire {

/// y <- y + alpha x, rounded after the product and after the sum.   x, y: [d]. Reports all entries
/// of y to the observer in ascending order, piece by piece.
void add_scaled_observed(float alpha, std::span<const float> x, std::span<float> y,
                         WriteObserver& observer);

/// The gradient of *one* minibatch at any model version.
class GradientOracle {
 public:
  virtual ~GradientOracle() = default;

  /// Gradient of the minibatch's objective at `theta` (of its mean loss, unless the problem says
  /// otherwise), [d]; valid until the next call.
  virtual std::span<const float> at(const Model& theta) = 0;

  /// Performs the part of the computation at `theta` that does not depend on the output.
  virtual void prepare(const Model& theta) { static_cast<void>(at(theta)); }

  // Scaled gradients: bit-identical to scale() and add_scaled() (kernels/arithmetic.hpp) applied to
  // at(theta). An implementation may fuse them with the computation of the gradient.

  /// out <- alpha g(theta).   out: [d]
  virtual void write_scaled(float alpha, const Model& theta, std::span<float> out);
  /// y <- y + alpha g(theta).   y: [d]. Reports all entries of y to the observer in ascending
  /// order, piece by piece.
  virtual void accumulate(float alpha, const Model& theta, std::span<float> y,
                          WriteObserver& watcher);

  /// out <- sum of the terms + alpha g(theta): the bits of weighted_sum() and then accumulate().
  /// out: [d]; terms: at least one vector [d], of which out may be the first.
  virtual void add_to_sum(std::span<const Weighted> terms, float alpha, const Model& theta,
                          std::span<float> out, WriteObserver& watcher);

  /// ||g(a) - g(b)||^2 on the same (already augmented) samples: the left side of the lazy rule.
  /// Equivalent to two gradient evaluations, even where an implementation saves work.
  virtual double squared_distance(const Model& a, const Model& b) = 0;
};

/// Sums over samples; means are computed for output only.
struct BatchStatistics {
  double loss = 0.0;         ///< sum of the samples' losses; cross-entropies in nats
  std::int64_t correct = 0;  ///< samples whose most likely class is the label
  std::int64_t samples = 0;
  std::int64_t correct_top5 = 0;  ///< samples whose label is among the five likeliest, if computed
  BatchStatistics& operator+=(const BatchStatistics& other) {
    loss += other.loss;
    correct += other.correct;
    samples += other.samples;
    correct_top5 += other.correct_top5;
    return *this;
  }
};

/// Accuracy on the test samples of one source.
struct SourceAccuracy {
  std::string source;
  double accuracy = 0.0;  ///< fraction, 0 to 1
  friend bool operator==(const SourceAccuracy&, const SourceAccuracy&) = default;
};

/// The objective over all training data, in double precision.
struct Objective {
  double value = 0.0;
  double gradient_squared_norm = 0.0;
  double initial_value = 0.0;  ///< at theta^0
  friend bool operator==(const Objective&, const Objective&) = default;
};

/// Of nodes with models of their own, beside the evaluation of the models' mean.
struct NodesEvaluation {
  // Accuracy of the nodes' own models on the test set, fraction; none if outputs are no classes.
  std::optional<double> mean_accuracy;
  std::optional<double> worst_accuracy;
  /// Square root of the mean over nodes of ||x_i - mean||^2.
  double consensus_distance = 0;
  double nonzero_share = 1;  ///< of the entries of all models
  friend bool operator==(const NodesEvaluation&, const NodesEvaluation&) = default;
};

/// Mean loss and accuracies over the whole test set.
struct Evaluation {
  double loss = 0.0;                     ///< mean; cross-entropies in nats
  std::optional<double> accuracy;        ///< fraction, 0 to 1; none if the outputs are no classes
  std::optional<double> top5_accuracy;   ///< fraction, if computed
  std::vector<SourceAccuracy> sources;   ///< if the test set has several sources
  std::optional<Objective> objective;    ///< over the training data, if computed
  std::optional<NodesEvaluation> nodes;  ///< of a decentralised method
};

/// One minibatch in a worker's own sequence of samples: the orders in which the worker visits its
/// shard in its passes 0, 1, ..., concatenated. A pass has the largest multiple of
/// batch_size(worker) samples that the shard has, whatever the sizes of the minibatches: one that
/// reaches the pass's end continues with the first samples of the next pass.
struct BatchRange {
  std::int64_t step = 0;  ///< number of the worker's minibatches before this one; selects its draws
  std::int64_t first = 0;  ///< number of samples in those minibatches
  int size = 1;            ///< number of samples, at least 1

  /// The minibatch after this one.
  [[nodiscard]] BatchRange next(int next_size) const { return {step + 1, first + size, next_size}; }
  /// The minibatch after `count` more of this size.
  [[nodiscard]] BatchRange after(int count) const {
    return {step + count, first + std::int64_t{size} * count, size};
  }
};

/// One worker's minibatch, for the worker's own model: its gradients at any model, and statistics
/// of its pass at the own model. Minibatches may be used concurrently with one another.
class Minibatch : public GradientOracle {
 public:
  /// Loss and correct predictions at the own model; zeros until evaluated there.
  [[nodiscard]] virtual BatchStatistics statistics() const = 0;
};

/// The minibatches of all workers in one iteration, at a common model.
class Minibatches {
 public:
  virtual ~Minibatches() = default;

  /// Worker m's oracle. The oracles of different workers may be used concurrently.
  virtual GradientOracle& of(int worker) = 0;

  /// Loss and correct predictions of worker m's minibatch at the iteration's own model.
  /// Precondition: the worker's oracle has been evaluated at that model.
  [[nodiscard]] virtual BatchStatistics statistics(int worker) const = 0;

  /// Announces that worker m's oracle will also be evaluated at `theta`; called before any oracle
  /// is used, in the order of the workers. Results do not depend on it, but workers at the same
  /// model may be computed together.
  virtual void expect(int /*worker*/, const Model& /*theta*/) {}

  /// Worker m's oracle will not be used again: its buffers may serve the next worker while they are
  /// still in the cache.
  virtual void finished(int /*worker*/) {}
};

class Problem;

/// The workers' minibatches at these ranges, [M], for a common model, each computed by itself.
/// `takes_part`: [M]; there are none of the other workers. Empty: all take part.
[[nodiscard]] std::unique_ptr<Minibatches> separate_minibatches(
    Problem& problem, std::span<const BatchRange> ranges, const Model& theta,
    const std::vector<bool>& takes_part = {});

/// A worker's minibatches before `step` (Problem::completed).
struct CompletedSteps {
  int worker = 0;
  std::int64_t step = 0;
};

/// The training data of one worker.
struct ShardContents {
  struct LabelCount {
    double label = 0;  ///< as the data have it
    std::int64_t samples = 0;
  };
  std::int64_t samples = 0;
  std::vector<LabelCount> labels;  ///< those that occur, ascending; empty for data without classes
};

/// Executes part(0) ... part(parts - 1), in any order and possibly concurrently.
using ParallelFor =
    std::function<void(std::size_t parts, const std::function<void(std::size_t)>& part)>;

/// Executes the parts sequentially, in order.
void run_sequentially(std::size_t parts, const std::function<void(std::size_t)>& part);

/// A learning problem: a model, its data distributed over workers, and a test set.
class Problem {
 public:
  virtual ~Problem() = default;

  [[nodiscard]] virtual const Layout& layout() const = 0;
  /// M: number of workers over which the data are distributed.
  [[nodiscard]] virtual int workers() const = 0;
  /// theta^0, [d]; a function of the seed alone.
  [[nodiscard]] virtual Vector initial_parameters() const = 0;
  /// Iterations in which the workers together see as many samples as they have; with equal shards,
  /// each sees its shard once.
  [[nodiscard]] virtual std::int64_t iterations_per_epoch() const = 0;
  /// Samples of the worker's minibatches unless another size is requested.
  [[nodiscard]] virtual int batch_size(int worker) const = 0;

  /// Cost of the worker's gradient, relative to that of a minibatch of the configured size.
  [[nodiscard]] virtual double relative_cost(int /*worker*/) const { return 1.0; }

  /// The worker's minibatch with number `step`, counted from 0 per worker, for its own model (at
  /// which the statistics are collected): the samples of minibatches(step, ...).of(worker), and
  /// bit-identical gradients. Different workers may be at different steps and models, in any order;
  /// calls for different workers may be concurrent. The result may outlive the next call, but not
  /// the problem.
  std::unique_ptr<Minibatch> minibatch(int worker, std::int64_t step, const Model& own) {
    const int size = batch_size(worker);
    return make_minibatch(worker, {step, step * size, size}, own);
  }
  /// The same for a minibatch of any size, anywhere in the worker's sequence of samples.
  /// Precondition: one number `step` denotes one range per worker.
  std::unique_ptr<Minibatch> minibatch(int worker, const BatchRange& range, const Model& own) {
    return make_minibatch(worker, range, own);
  }
  /// The worker's minibatches before `step`, from minibatch(), are complete: their passes at the
  /// own models now count in the state of training besides the model (batch norm's running
  /// statistics). That state is a function of the order of these calls and of evaluated
  /// minibatches, not of the order of evaluation. Not concurrent with evaluate(), save_state() and
  /// itself.
  virtual void completed(int /*worker*/, std::int64_t /*step*/) {}
  /// The same for workers, ascending, that computed apart: each one's minibatches move a copy of
  /// the state, and the mean of the copies becomes the next. Without a state that can be averaged:
  /// completed() of each.
  virtual void completed_apart(std::span<const CompletedSteps> workers) {
    for (const CompletedSteps& one : workers) completed(one.worker, one.step);
  }

  /// The minibatches of iteration t, counted from 0, for the server's model `theta` (at which the
  /// statistics are collected). Called in the order of t; the result may outlive the next call.
  /// Optional: an implementation may compute several workers together. The default calls
  /// minibatch() per worker; it suits problems without state of training besides the model.
  virtual std::unique_ptr<Minibatches> minibatches(std::int64_t iteration, const Model& theta);
  /// theta's parameters in the form that the oracles read for a stale model, so that the plain ones
  /// can be released; null if the oracles read the plain ones. Called between iterations.
  [[nodiscard]] virtual std::shared_ptr<const PackedParameters> kept(const Model& /*theta*/) {
    return nullptr;
  }
  /// Evaluates the whole test set, in parts executed by `each`; bit-identical for any order.
  Evaluation evaluate(const Model& theta, const ParallelFor& each = run_sequentially) {
    return evaluation(theta, each);
  }

  /// Of each worker, [M]; empty if unknown.
  [[nodiscard]] virtual std::vector<ShardContents> shards() const { return {}; }

  // Optional: the losses over whole shards, in double precision.

  [[nodiscard]] virtual bool computes_shard_losses() const { return false; }
  /// The losses of the worker's shard, summed; adds the gradient of that sum to `gradient`, [d].
  /// Calls for different workers may be concurrent.
  virtual double add_shard_gradient(int worker, const Model& theta, std::span<double> gradient);
  /// Upper bound of the largest eigenvalue of the second derivative of sum_m weights_m (losses of
  /// worker m's shard, summed), if there is a simple one. weights: [M].
  [[nodiscard]] virtual std::optional<double> curvature(std::span<const double> /*weights*/) {
    return std::nullopt;
  }
  /// L: the smoothness constant of the objective whose gradient the workers compute, if known.
  [[nodiscard]] virtual std::optional<double> smoothness() { return std::nullopt; }
  /// [M] L_m: the smoothness constants of the objectives whose gradients the workers compute; empty
  /// if unknown.
  [[nodiscard]] virtual std::vector<double> worker_smoothness() { return {}; }

  /// For checkpoints: the state of training besides the model, between iterations; of minibatch(),
  /// what is completed().
  virtual void save_state(std::ostream& /*out*/) {}
  virtual void load_state(std::istream& /*in*/) {}
  /// The same of the passes of minibatches that are evaluated and not completed().
  virtual void save_unfinished(std::ostream& /*out*/) {}
  virtual void load_unfinished(std::istream& /*in*/) {}
  /// The worker's passes that are not completed() will never be.
  virtual void forget_unfinished(int /*worker*/) {}
  /// Whether evaluations depend on that state, as on batch norm's running statistics (D21).
  [[nodiscard]] virtual bool evaluation_has_state() const { return false; }

 private:
  virtual std::unique_ptr<Minibatch> make_minibatch(int worker, const BatchRange& range,
                                                    const Model& own) = 0;
  virtual Evaluation evaluation(const Model& theta, const ParallelFor& each) = 0;
};

}  // namespace gradwire
