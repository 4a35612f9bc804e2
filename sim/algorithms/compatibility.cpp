#include <algorithm>
#include <string>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/algorithms/server_steps/compressed_downlink.hpp"

// Which ingredients make no sense together, and why.

namespace gradwire::algorithms {
namespace {

std::string refusal_of_momentum(const AlgorithmConfig& config, const Ingredients& /*parts*/) {
  const bool has_momentum = config.get(momentum_parameter) != 0;
  if (config.get(nesterov_parameter) && !has_momentum) {
    return "nesterov expects a momentum above 0";
  }
  if (config.get(dampening_parameter) == 0) return "";
  if (!has_momentum) return "dampening expects a momentum above 0";
  return config.get(nesterov_parameter) ? "nesterov expects dampening 0" : "";
}

/// Why a memory of differences does not go with the other parts.
std::string refusal_of_difference(const AlgorithmConfig& config, const Ingredients& parts) {
  const bool advances_fully = parts.memory->difference_step(config) == 1;
  if (parts.send->skips && !advances_fully) {
    return std::string(parts.send->name) +
           " repeats a worker's last contribution, which is what both ends hold: expected "
           "difference_step 1";
  }
  if (!advances_fully || parts.compress->is_identity) return "";
  return parts.compress->refuses_error_memory(config);
}

std::string refusal_of_memory(const AlgorithmConfig& config, const Ingredients& parts) {
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
  return holds_differences ? refusal_of_difference(config, parts) : "";
}

/// A vote counts signs without a scale, which are no differences.
std::string refusal_of_vote(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!parts.server_step->counts_signs) return "";
  const std::string name(parts.server_step->name);
  if (has_local_steps(config)) {
    return name + " moves each entry by gamma, for signs of gradients: expected no local steps";
  }
  const MessageShape shape = parts.compress->shape(config, one_entry_layout());
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
    return name + " has no momentum: expected momentum_at worker";
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
  const auto compressor = parts.compress->make(config, one_entry_layout());
  if (parts.compress->needs_every_worker || compressor->exchanges() > 1) {
    return "downlink compressed expects a compressor with a single exchange, got " +
           std::string(parts.compress->name);
  }
  return "";
}

/// What must not be set together for local steps.
std::string refusal_of_local_parameters(const AlgorithmConfig& config) {
  if (config.get(local_epochs_parameter) > 0 && config.get(local_steps_parameter) != 1) {
    return "local_steps and local_epochs stand in place of each other: expected one of them";
  }
  if (config.get(local_nesterov_parameter) && config.get(local_momentum_parameter) == 0) {
    return "local_nesterov expects a local_momentum above 0";
  }
  const bool at_worker =
      config.choice<MomentumPlace>(momentum_at_parameter) == MomentumPlace::worker;
  if (at_worker && config.get(momentum_parameter) != 0 &&
      config.get(local_momentum_parameter) != 0) {
    return "momentum at the worker is that of the local steps: expected local_momentum 0";
  }
  const bool sums = config.choice<Offer>(offer_parameter) == Offer::gradients;
  if (!sums && config.get(global_rate_parameter) == 0) {
    return "global_rate 0 goes with offer gradients only";
  }
  return "";
}

/// theta is the mean of the groups' models only if it moves by the mean of all differences.
std::string refusal_of_groups(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!parts.update->is_grouped) return "";
  const std::string name(parts.update->name);
  if (config.get(global_steps_parameter) % config.get(local_steps_parameter) != 0) {
    return "global_steps must be a multiple of local_steps";
  }
  if (config.reduction != Reduction::mean || config.get(participation_parameter) < 1) {
    return name + " takes means over whole groups: expected reduction mean, participation 1";
  }
  if (has_momentum_at(config, MomentumPlace::server) && config.get(momentum_parameter) != 0) {
    return name + " has no momentum at the server: expected momentum_at worker";
  }
  return compresses_downlink(config) ? name + " has a download per group: expected downlink model"
                                     : "";
}

std::string refusal_of_control_variates(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!config.get(control_variates_parameter)) return "";
  if (!parts.compress->is_identity || parts.memory->holds_errors ||
      parts.memory->difference_step != nullptr || parts.send->skips) {
    return "control_variates follow from the whole differences: expected send always, compress "
           "identity, memory none";
  }
  if (config.choice<Offer>(offer_parameter) == Offer::gradients) {
    return "control_variates expect offer difference";
  }
  const bool at_worker =
      config.choice<MomentumPlace>(momentum_at_parameter) == MomentumPlace::worker;
  const double momentum = at_worker ? config.get(momentum_parameter) : 0;
  if (momentum != 0 || config.get(local_momentum_parameter) != 0) {
    return "control_variates are means of gradients: expected local steps without momentum";
  }
  return "";
}

std::string refusal_of_local_ingredients(const AlgorithmConfig& config, const Ingredients& parts) {
  const std::string memory(parts.memory->name);
  if (!parts.send->decides_by_offer) {
    return std::string(parts.send->name) +
           " compares gradients at the models of the common sequence, which local steps leave: "
           "expected send always, cmfl, censored or laq";
  }
  if (parts.memory->applies_momentum) {
    return memory + " has a momentum of gradients, which local steps do not offer";
  }
  const bool sums = config.choice<Offer>(offer_parameter) == Offer::gradients;
  if (parts.memory->moves_start && sums) {
    return memory + " keeps differences of models: expected offer difference";
  }
  if (parts.memory->holds_errors && !parts.memory->gamma_is_inside(config) && !sums) {
    return "the differences that local steps offer contain gamma: expected gamma inside";
  }
  return "";
}

std::string refusal_of_local_steps(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!has_local_steps(config)) {
    const bool is_idle =
        parts.update->is_local && config.get(weight_decay_parameter) != 0 &&
        std::ranges::find(parts.server_step->parameters, Parameter(&weight_decay_parameter)) ==
            parts.server_step->parameters.end() &&
        !parts.memory->applies_momentum;
    return is_idle
               ? std::string(parts.server_step->name) + " has no weight_decay: expected local steps"
               : "";
  }
  for (const std::string& reason :
       {refusal_of_local_parameters(config), refusal_of_local_ingredients(config, parts),
        refusal_of_groups(config, parts), refusal_of_control_variates(config, parts)}) {
    if (!reason.empty()) return reason;
  }
  return "";
}

/// Who takes part is drawn, or weighted at the server.
std::string refusal_of_sampling(const AlgorithmConfig& config, const Ingredients& parts) {
  if (config.get(participation_parameter) < 1 && parts.send->participation != nullptr) {
    return std::string(parts.send->name) +
           " itself selects who takes part: expected participation 1";
  }
  if (weights_at_server(config) && parts.compress->needs_every_worker) {
    return std::string(parts.compress->name) +
           " joins messages to their plain mean: expected reduction mean";
  }
  return "";
}

/// Errors kept with gamma inside are of scaled gradients, which the server must not scale again.
std::string refusal_of_gamma(const AlgorithmConfig& config, const Ingredients& parts) {
  const bool workers_scale = parts.memory->holds_errors && parts.memory->gamma_is_inside(config);
  if (!workers_scale || has_local_steps(config) || !parts.server_step->applies_gamma(config)) {
    return "";
  }
  return has_momentum_at(config, MomentumPlace::server)
             ? "momentum and weight_decay at the server act on contributions without gamma: "
               "expected gamma outside, or momentum_at worker"
             : std::string(parts.server_step->name) +
                   " acts on contributions without gamma: expected gamma outside";
}

std::string refusal_of_send_rule(const AlgorithmConfig& /*config*/, const Ingredients& parts) {
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
  return "";
}

std::string refusal_of_error_memory(const AlgorithmConfig& config, const Ingredients& parts) {
  return parts.memory->holds_errors ? parts.compress->refuses_error_memory(config) : "";
}

/// The first that has a reason counts.
constexpr std::string (*refusals[])(const AlgorithmConfig&, const Ingredients&) = {
    refusal_of_momentum, refusal_of_memory,   refusal_of_local_steps,
    refusal_of_sampling, refusal_of_gamma,    refusal_of_send_rule,
    refusal_of_vote,     refusal_of_downlink, refusal_of_error_memory};

}  // namespace

std::string incompatibility(const AlgorithmConfig& given) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  if (parts.gossip != nullptr) return refusal_of_momentum(config, parts);
  for (const auto refusal : refusals) {
    if (std::string reason = refusal(config, parts); !reason.empty()) return reason;
  }
  return "";
}

}  // namespace gradwire::algorithms
