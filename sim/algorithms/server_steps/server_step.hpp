#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/units.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

/// Factors on the aggregate in a step.
struct StepFactors {
  float gamma = 1;        ///< the step size where the workers do not apply it, else 1
  float weight = 1;       ///< 1, or 1/M
  bool is_empty = false;  ///< the aggregate has no contribution
};

/// The server's step: theta^{t+1} of theta^t and the aggregate of the contributions. Elementwise,
/// so that it is performed block by block while the aggregate is in the cache.
class ServerStep {
 public:
  virtual ~ServerStep() = default;

  /// Performs the step of the entries [begin, begin + theta.size()): writes next, adds
  /// ||next - theta||^2 to `moved`, and sets the aggregate to 0. next may be theta.
  ///   aggregate  sum_m q_m
  virtual void step(std::size_t begin, StepFactors factors, std::span<const float> theta,
                    std::span<float> aggregate, std::span<float> next, SquaredDistance& moved) = 0;
  /// Optional: the message that workers receive in place of theta^{t+1} (a vote); null: the model.
  [[nodiscard]] virtual const Message* downlink() const { return nullptr; }

  /// Size of the state between iterations.
  [[nodiscard]] virtual Bytes state_bytes() const { return {}; }
  [[nodiscard]] virtual std::unique_ptr<ServerStep> clone() const = 0;
  // For checkpoints.
  virtual void save(SavingArchive& /*archive*/) const {}
  virtual void load(LoadingArchive& /*archive*/) {}
};

/// A server step as a row of its table.
struct ServerStepKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  std::span<const Parameter> parameters;
  std::unique_ptr<ServerStep> (*make)(const AlgorithmConfig& config, const Layout& layout);
  /// Whether the step is no linear function of the aggregate, so that gamma must scale the step and
  /// not what the workers send.
  bool (*applies_gamma)(const AlgorithmConfig& config);
  /// The aggregate must be a sum of signs.
  bool counts_signs = false;
  /// weight_decay is part of the step, and not of the momentum at the workers.
  bool decays_weights = false;
};

}  // namespace gradwire::algorithms
