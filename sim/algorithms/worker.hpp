#pragma once

#include <optional>
#include <span>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/local_steps/local_steps.hpp"
#include "sim/algorithms/memory/memory.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/send_rules/send_rule.hpp"
#include "sim/algorithms/step_context.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/box.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// One worker of a synchronous method: a send rule decides when to send, a compressor what, and a
/// memory holds what was not sent. A value type: copies are independent.
class Worker {
 public:
  struct Ingredients {
    Box<SendRule> rule;
    Box<Compressor> compressor;
    Box<Memory> memory;
    bool applies_gamma = true;  ///< false: the server does
    std::optional<Momentum> momentum = {};
    std::optional<LocalSteps> local_steps = {};
  };
  explicit Worker(Ingredients ingredients);

  /// Computes one iteration at the server's model theta^t.
  Message step(const Model& theta, StepSize size, GradientOracle& gradient,
               const StepContext& context);
  /// The same with local steps from theta^t on. Precondition: the method has local steps.
  Message step_locally(const Model& theta, StepSize size, const LocalWork& work,
                       const StepContext& context);
  /// Of the newest step_locally() (LocalSteps::variate_change).
  [[nodiscard]] std::span<const float> variate_change() const;
  /// Factor on the gradient in what the worker sends: gamma, or 1 where the server applies it.
  [[nodiscard]] double gradient_factor(StepSize size) const {
    return parts_.applies_gamma ? size.gamma : 1.0;
  }
  /// Number of exchanges in an iteration in which the worker sends.
  [[nodiscard]] int exchanges() const { return parts_.compressor->exchanges(); }
  /// What the server sends back after an exchange that is not the last.
  [[nodiscard]] Message reduce(int exchange, std::span<const Message> messages) const {
    return parts_.compressor->reduce(exchange, messages);
  }
  /// The message of a further exchange, if the worker sent in the first.
  Message next_exchange(int exchange, const Message& reduced, const StepContext& context);

  /// One message in place of all of the last exchange's (Compressor::joined).
  [[nodiscard]] std::optional<Message> joined(std::span<const Message> messages) const {
    return parts_.compressor->joined(messages);
  }
  /// joined() of an iteration. `sent`: this worker's message is part of it; a worker that was late
  /// or absent only follows the state that all compressors share.
  void receive_joined(const Message& joined, bool sent);

  /// The last step's message has arrived. Must be called for each that has.
  void delivered();
  /// The server completed the iteration without the last step's message: its content stays in the
  /// memory, and the rule is in the state after a skip.
  void rollback(const Message& lost);
  /// Advances by one iteration at theta^t in which this worker computes nothing.
  void skip_iteration(const Model& theta, StepSize size);

  /// Number of gradients that the next step accounts for besides the one at theta^t.
  [[nodiscard]] double auxiliary_gradients() const { return parts_.rule->auxiliary_gradients(); }
  /// The model besides theta^t at which the next step will evaluate the gradient, or null.
  [[nodiscard]] Model reference_model() const { return parts_.rule->reference_model(); }
  /// Size of the state between steps.
  [[nodiscard]] Bytes state_bytes() const;

  // For checkpoints (core/archive.hpp): the state, not the configuration.
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  /// Sends the update, unless the rule decides otherwise.
  Message decide(Update& update, const Model& theta, StepSize size, GradientOracle& gradient,
                 const StepContext& context);

  Ingredients parts_;
};

}  // namespace gradwire::algorithms
