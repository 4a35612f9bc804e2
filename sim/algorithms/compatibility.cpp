#include <string>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/server_steps/compressed_downlink.hpp"

// Which ingredients make no sense together, and why.

namespace gradwire::algorithms {
namespace {

std::string refused_momentum(const AlgorithmConfig& config) {
  const bool has_momentum = config.get(momentum_parameter) != 0;
  if (config.get(nesterov_parameter) && !has_momentum) {
    return "nesterov expects a momentum above 0";
  }
  if (config.get(dampening_parameter) == 0) return "";
  if (!has_momentum) return "dampening expects a momentum above 0";
  return config.get(nesterov_parameter) ? "nesterov expects dampening 0" : "";
}

/// Why a memory of differences does not go with the other parts.
std::string refused_difference(const AlgorithmConfig& config, const Ingredients& parts) {
  const bool advances_fully = parts.memory->difference_step(config) == 1;
  if (parts.send->skips && !advances_fully) {
    return std::string(parts.send->name) +
           " repeats a worker's last contribution, which is what both ends hold: expected "
           "difference_step 1";
  }
  if (!advances_fully || parts.compress->is_identity) return "";
  return parts.compress->refuses_error_memory(config);
}

std::string refused_memory(const AlgorithmConfig& config) {
  const Ingredients parts = ingredients_of(config);
  const MemoryKind& memory = *parts.memory;
  const bool holds_differences = memory.difference_step != nullptr;
  if (memory.refuses != nullptr) {
    if (const std::string reason = memory.refuses(config); !reason.empty()) return reason;
  }
  if (parts.compress->needs_every_worker && (holds_differences || memory.applies_momentum)) {
    return std::string(memory.name) + " keeps what a worker's own message leaves out, but " +
           std::string(parts.compress->name) + " joins the messages of all workers";
  }
  if (parts.send->compares_differences && !holds_differences) {
    return std::string(parts.send->name) +
           " compares changes since the last upload: expected memory difference, got " +
           std::string(memory.name);
  }
  return holds_differences ? refused_difference(config, parts) : "";
}

Layout one_entry() {
  Layout layout;
  layout.add("any", {1});
  return layout;
}

/// A vote counts signs without a scale, which are no differences.
std::string refusal_of_vote(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!parts.server_step->counts_signs) return "";
  const std::string name(parts.server_step->name);
  const MessageShape shape = parts.compress->shape(config, one_entry());
  if (shape.representation != Representation::signs || shape.floats_per_bucket != 0) {
    return name + " counts signs: expected compress sign with scale none, got " +
           std::string(parts.compress->name);
  }
  if (parts.memory->difference_step != nullptr) {
    return name + " counts signs of gradients: expected no memory of differences, got " +
           std::string(parts.memory->name);
  }
  if (config.get(momentum_parameter) != 0 &&
      config.choice<MomentumPlace>(momentum_at_parameter) == MomentumPlace::server) {
    return name + " has no momentum of its own: expected momentum_at worker";
  }
  return "";
}

/// The server compresses as a worker does, but alone, and once per iteration.
std::string refusal_of_downlink(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!compresses_downlink(config)) return "";
  if (parts.memory->difference_step != nullptr || parts.memory->applies_momentum) {
    return "downlink compressed expects memory none or error_feedback, got " +
           std::string(parts.memory->name);
  }
  const auto compressor = parts.compress->make(config, one_entry());
  if (parts.compress->needs_every_worker || compressor->exchanges() > 1) {
    return "downlink compressed expects a compressor with a single exchange, got " +
           std::string(parts.compress->name);
  }
  return "";
}

}  // namespace

std::string incompatibility(const AlgorithmConfig& given) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  for (const std::string& reason : {refused_momentum(config), refused_memory(config)}) {
    if (!reason.empty()) return reason;
  }
  if (parts.memory->holds_errors && parts.memory->gamma_is_inside(config) &&
      parts.server_step->applies_gamma(config)) {
    return has_momentum_at(config, MomentumPlace::server)
               ? "momentum and weight_decay at the server act on contributions without gamma: "
                 "expected gamma outside, or momentum_at worker"
               : std::string(parts.server_step->name) +
                     " acts on contributions without gamma: expected gamma outside";
  }
  if (parts.compress->needs_every_worker && parts.send->skips) {
    return std::string(parts.compress->name) +
           " joins the messages of all workers: expected a send rule that never skips, got " +
           std::string(parts.send->name);
  }
  if (parts.send->reads_contributions && parts.memory->difference_step != nullptr) {
    return std::string(parts.send->name) +
           " compares the gradients that the server stores: expected a memory other than " +
           std::string(parts.memory->name) + ", whose messages are differences";
  }
  for (const std::string& reason :
       {refusal_of_vote(config, parts), refusal_of_downlink(config, parts)}) {
    if (!reason.empty()) return reason;
  }
  if (!parts.memory->holds_errors) return "";
  return parts.compress->refuses_error_memory(config);
}

}  // namespace gradwire::algorithms
