#pragma once

#include <variant>

#include "sim/algorithms/lazy.hpp"
#include "sim/algorithms/message.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/algorithms/top_k.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// When to send.
using SendRule = std::variant<Always, Lazy>;
/// What to send.
using Compressor = std::variant<Identity, TopK>;

/// One worker of a synchronous method: a choice of when and a choice of what. A value: copies are
/// independent.
class Worker {
 public:
  Worker(SendRule rule, Compressor compressor);

  /// One iteration at the server's model theta^t.
  Message step(const Model& theta, StepSize size, GradientOracle& gradient);

  /// The last step's message has arrived; to be said of each that has.
  void delivered();
  /// The server went on without the last step's message: what it said stays in the error memory,
  /// and a lazy rule stands as after a skip.
  void take_back(const Message& lost);
  /// One iteration at theta^t in which this worker computes nothing.
  void sit_out(const Model& theta, StepSize size);

  /// Gradients that the next step stands for beside the one at theta^t.
  [[nodiscard]] int auxiliary_gradients() const;
  /// The model beside theta^t whose gradient the next step will ask about; maybe none.
  [[nodiscard]] Model compares_with() const;
  /// What it remembers between steps: error memory, and the model of its last upload.
  [[nodiscard]] Bytes state_bytes() const;

  /// For checkpoints (core/archive.hpp): what it remembers, not what it is.
  template <class Archive>
  void serialize(Archive& archive) {
    const auto part = [&](auto& one) { archive(one); };
    std::visit(part, rule_);
    std::visit(part, compressor_);
  }

 private:
  SendRule rule_;
  Compressor compressor_;
};

}  // namespace gradwire::algorithms
