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
#include "sim/core/watcher.hpp"

namespace gradwire {

/// The gradient of *one* minibatch at any model version.
class GradientOracle {
 public:
  virtual ~GradientOracle() = default;

  /// Gradient of the minibatch's mean loss at `theta`, [d]; valid until the next call.
  virtual std::span<const float> at(const Model& theta) = 0;

  /// Does what can be done of the gradient at `theta` before it is known where it goes.
  virtual void prepare(const Model& theta) { static_cast<void>(at(theta)); }

  // What is made of a gradient: the bits of scale() and add_scaled() (core/kernels.hpp) applied to
  // at(theta). A model that knows how may do it while it computes the gradient.

  /// out <- alpha g(theta).   out: [d]
  virtual void write_scaled(float alpha, const Model& theta, std::span<float> out);
  /// y <- y + alpha g(theta).   y: [d]. Tells the watcher of all entries of y, now and then.
  virtual void accumulate(float alpha, const Model& theta, std::span<float> y, Watcher& watcher);

  /// ||g(a) - g(b)||^2 on the same (already augmented) samples: the lazy rule's left side. Stands
  /// for two gradient evaluations, whatever a model knows to save.
  virtual double squared_distance(const Model& a, const Model& b) = 0;
};

/// Sums over samples; means are for those who print.
struct BatchStatistics {
  double loss = 0.0;         ///< sum of the samples' cross-entropies, in nats
  std::int64_t correct = 0;  ///< samples whose most likely class is the label
  std::int64_t samples = 0;
  std::int64_t correct_top5 = 0;  ///< the label is among the five most likely; where computed
  BatchStatistics& operator+=(const BatchStatistics& other) {
    loss += other.loss;
    correct += other.correct;
    samples += other.samples;
    correct_top5 += other.correct_top5;
    return *this;
  }
};

/// Share of right answers among the test samples of one source.
struct SourceAccuracy {
  std::string source;
  double accuracy = 0.0;  ///< fraction, 0 to 1
  friend bool operator==(const SourceAccuracy&, const SourceAccuracy&) = default;
};

/// Mean loss and the shares of right answers over the whole test set.
struct Evaluation {
  double loss = 0.0;                    ///< mean cross-entropy, in nats
  double accuracy = 0.0;                ///< fraction, 0 to 1
  std::optional<double> top5_accuracy;  ///< fraction, where computed
  std::vector<SourceAccuracy> sources;  ///< where the test set has several sources
};

/// The minibatches of all workers in one iteration.
class Minibatches {
 public:
  virtual ~Minibatches() = default;

  /// Worker m's oracle. Different workers' oracles may be used from different threads at once.
  virtual GradientOracle& of(int worker) = 0;

  /// Loss and hits of worker m's minibatch at the iteration's own model; once that worker has asked
  /// its oracle about that model.
  [[nodiscard]] virtual BatchStatistics statistics(int worker) const = 0;

  /// Worker m's oracle will also be asked about `theta`; before any oracle is used, in the order of
  /// the workers. Answers do not depend on it, but workers at the same model may go together.
  virtual void expect(int /*worker*/, const Model& /*theta*/) {}

  /// Worker m will ask no more: what its oracle holds may serve the next worker, while it is still
  /// in the cache.
  virtual void finished(int /*worker*/) {}
};

/// Does part(0) ... part(parts - 1), in any order and maybe several at once.
using DoParts =
    std::function<void(std::size_t parts, const std::function<void(std::size_t)>& part)>;

/// One part after the other.
void do_in_turn(std::size_t parts, const std::function<void(std::size_t)>& part);

/// What is learned: a model, its data spread over workers, and a test set.
class Problem {
 public:
  virtual ~Problem() = default;

  [[nodiscard]] virtual const Layout& layout() const = 0;
  /// theta^0, [d]; a function of the seed alone.
  [[nodiscard]] virtual Vector initial_parameters() const = 0;
  /// Iterations in which every worker sees its shard once.
  [[nodiscard]] virtual std::int64_t iterations_per_epoch() const = 0;
  /// The minibatches of iteration t, from 0, when the server's model is `theta` (whose statistics
  /// are kept). Calls come in the order of t; the result may outlive the next call.
  virtual std::unique_ptr<Minibatches> minibatches(std::int64_t iteration, const Model& theta) = 0;
  /// theta's parameters as the oracles ask for them when somebody remembers theta, so that the
  /// plain ones may go; none: those are asked for. Between iterations.
  [[nodiscard]] virtual std::shared_ptr<const KeptParameters> kept(const Model& /*theta*/) {
    return nullptr;
  }
  /// On the whole test set, in parts that go through `each`; the same bits whatever their order.
  Evaluation evaluate(const Model& theta, const DoParts& each = do_in_turn) {
    return evaluation(theta, each);
  }

  /// For checkpoints: what learning has left behind beside the model, between iterations.
  virtual void save_state(std::ostream& /*out*/) {}
  virtual void load_state(std::istream& /*in*/) {}

 private:
  virtual Evaluation evaluation(const Model& theta, const DoParts& each) = 0;
};

}  // namespace gradwire
