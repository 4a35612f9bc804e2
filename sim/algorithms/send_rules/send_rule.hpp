#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/participation.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The message that a worker would send, computed on first use: LAQ's rule depends on it.
class Proposal {
 public:
  /// left_out: of the message, once it is computed (Memory::left_out).
  Proposal(std::function<Message()> compute, std::function<double()> left_out)
      : compute_(std::move(compute)), left_out_(std::move(left_out)) {}

  const Message& message() {
    if (!message_) message_ = compute_();
    return *message_;
  }
  /// Squared norm of what the message leaves out.
  double left_out() { return message(), left_out_(); }
  Message take() { return message(), std::move(*message_); }
  [[nodiscard]] bool is_computed() const { return message_.has_value(); }

 private:
  std::function<Message()> compute_;
  std::function<double()> left_out_;
  std::optional<Message> message_;
};

/// What a send rule may read.
struct RuleInput {
  const Model& theta;        ///< theta^t
  StepSize size;             ///< of iteration t
  GradientOracle& gradient;  ///< of this iteration's minibatch
  Proposal& proposal;        ///< only if reads_proposals()
};

/// Decides in each iteration whether a worker sends.
class SendRule {
 public:
  virtual ~SendRule() = default;

  /// Called once for each t, in order.
  virtual bool should_send(const RuleInput& input) = 0;
  /// Number of gradients that the next decision requires besides the one to send.
  [[nodiscard]] virtual double auxiliary_gradients() const { return 0; }
  /// The model besides theta^t at which the next decision will evaluate the gradient; null if the
  /// decision does not depend on another one.
  [[nodiscard]] virtual Model reference_model() const { return nullptr; }
  [[nodiscard]] virtual bool reads_proposals() const { return false; }

  /// The last upload has arrived.
  virtual void delivered() {}
  /// The last upload will never arrive: the state becomes that after an iteration without sending.
  virtual void rollback() {}
  /// Advances by one iteration at theta^t without sending and without a decision.
  virtual void skip_iteration(const Model& /*theta*/, StepSize /*size*/) {}

  /// Size of the state between iterations, counted as if no other worker shared a model.
  [[nodiscard]] virtual Bytes state_bytes() const { return {}; }
  [[nodiscard]] virtual std::unique_ptr<SendRule> clone() const = 0;
  // For checkpoints.
  virtual void save(SavingArchive& /*archive*/) const {}
  virtual void load(LoadingArchive& /*archive*/) {}
};

/// What a method's parts may depend on besides the configuration and the layout.
struct Surroundings {
  int workers = 1;         ///< M
  std::uint64_t seed = 1;  ///< of the draws who takes part
  /// [M] L_m, the smoothness constant of the objective whose gradient worker m computes; empty if
  /// unknown.
  std::vector<double> smoothness = {};
  /// The contributions that the server receives are gamma times gradients. Set by
  /// make_participation().
  bool workers_apply_gamma = true;
};

/// A send rule as a row of its table.
struct SendRuleKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  std::span<const Parameter> parameters;
  std::unique_ptr<SendRule> (*make)(const AlgorithmConfig& config, int workers);
  bool skips = false;  ///< a worker may skip
  /// The server stores contributions, and a skip reuses the worker's last one. Otherwise a worker
  /// that skips contributes nothing.
  bool reuses_contributions = true;
  /// The first iteration, from 0, whose decision may require an auxiliary gradient; null: none.
  std::int64_t (*first_auxiliary)(const AlgorithmConfig& config) = nullptr;
  /// The server's decision which workers take part; null: all do.
  std::unique_ptr<Participation> (*participation)(const AlgorithmConfig& config,
                                                  const Surroundings& surroundings) = nullptr;
  /// The decision depends on Surroundings::smoothness.
  bool needs_smoothness = false;
  /// The decision is about changes since the last upload: messages must be differences
  /// (MemoryKind::difference_step).
  bool compares_differences = false;
  /// The decision depends on what the worker offers, and on no gradient besides it: it goes with
  /// local steps, where what is offered takes the place of the gradient.
  bool decides_by_offer = false;
  /// The decision depends on the contributions that the server stores.
  bool reads_contributions = false;
  /// Number of samples of a worker's minibatch in iteration t, counted from 0, of which there are
  /// `base` by the configuration; null: always so many.
  int (*batch_size)(const AlgorithmConfig& config, int base, std::int64_t t) = nullptr;
  std::span<const ParameterDefault> defaults = {};
};

}  // namespace gradwire::algorithms
