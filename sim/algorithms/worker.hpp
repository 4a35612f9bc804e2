#pragma once

#include <variant>

#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// Decides when to send.
using SendRule = std::variant<Always, Lazy>;
/// Decides what to send.
using Compressor = std::variant<Identity, TopK>;

/// One worker of a synchronous method: a send rule and a compressor. A value type: copies are
/// independent.
class Worker {
 public:
  Worker(SendRule rule, Compressor compressor);

  /// Computes one iteration at the server's model theta^t.
  Message step(const Model& theta, StepSize size, GradientOracle& gradient);

  /// The last step's message has arrived. Must be called for each that has.
  void delivered();
  /// The server completed the iteration without the last step's message: its content stays in the
  /// error memory, and a lazy rule is in the state after a skip.
  void rollback(const Message& lost);
  /// Advances by one iteration at theta^t in which this worker computes nothing.
  void skip_iteration(const Model& theta, StepSize size);

  /// Number of gradients that the next step accounts for besides the one at theta^t.
  [[nodiscard]] int auxiliary_gradients() const;
  /// The model besides theta^t at which the next step will evaluate the gradient, or null.
  [[nodiscard]] Model reference_model() const;
  /// Size of the state between steps: error memory, and the model of the last upload.
  [[nodiscard]] Bytes state_bytes() const;

  /// For checkpoints (core/archive.hpp): the state, not the configuration.
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
