#pragma once

#include <iosfwd>

#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::training {

/// Host time spent on real arithmetic, summed over threads.
struct LearningWall {
  Seconds gradient;   ///< in the gradient oracle
  Seconds rule;       ///< the rest of the workers' steps, and the server's
  Seconds on_caller;  ///< spent by the simulation's thread on training or on waiting for it
};

/// What a run needs of whatever learns, besides the iterations.
class Learner {
 public:
  virtual ~Learner() = default;

  /// The model that is evaluated: the server's, or the nodes' mean.
  [[nodiscard]] virtual Model model() const = 0;
  /// False if the last step made a model that is not finite; may be noticed an iteration later.
  [[nodiscard]] virtual bool is_finite() const = 0;
  /// Evaluates the model, and what else the method has.
  [[nodiscard]] virtual Evaluation evaluate(const ParallelFor& each) = 0;
  /// Of the server's state between iterations; 0 without a server.
  [[nodiscard]] virtual Bytes server_state_bytes() const = 0;
  /// Sum over all workers.
  [[nodiscard]] virtual Bytes worker_state_bytes() const = 0;
  [[nodiscard]] virtual LearningWall wall() const = 0;

  /// For checkpoints: the state between iterations, including the problem's. load() requires a
  /// learner of the same configuration.
  virtual void save(std::ostream& out) = 0;
  virtual void load(std::istream& in) = 0;
};

}  // namespace gradwire::training
