#include <algorithm>
#include <string>
#include <utility>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/algorithms/server_steps/compressed_downlink.hpp"

// Which ingredients make no sense together, and why.

namespace gradwire::algorithms {
namespace {

Incompatibility refusal_of_momentum(const AlgorithmConfig& config, const Ingredients& /*parts*/) {
  const bool has_momentum = config.get(momentum_parameter) != 0;
  if (config.get(nesterov_parameter) && !has_momentum) {
    return {"nesterov expects a momentum above 0", {"nesterov", "momentum"}};
  }
  if (config.get(dampening_parameter) == 0) return {};
  if (!has_momentum) return {"dampening expects a momentum above 0", {"dampening", "momentum"}};
  if (config.get(nesterov_parameter)) {
    return {"nesterov expects dampening 0", {"dampening", "nesterov"}};
  }
  return {};
}

/// Why a memory of differences does not go with the other parts.
Incompatibility refusal_of_difference(const AlgorithmConfig& config, const Ingredients& parts) {
  const bool advances_fully = parts.memory->difference_step(config) == 1;
  if (parts.send->skips && !advances_fully) {
    return {std::string(parts.send->name) +
                " repeats a worker's last contribution, which is what both ends hold: expected "
                "difference_step 1",
            {"difference_step", "send"}};
  }
  if (!advances_fully || parts.compress->is_identity) return {};
  return {parts.compress->refuses_error_memory(config), {"memory", "compress"}};
}

Incompatibility refusal_of_memory(const AlgorithmConfig& config, const Ingredients& parts) {
  const MemoryKind& memory = *parts.memory;
  const bool holds_differences = memory.difference_step != nullptr;
  if (memory.refuses != nullptr) {
    if (std::string reason = memory.refuses(config); !reason.empty()) {
      return {std::move(reason), {"difference_step", "momentum_at", "dampening", "memory"}};
    }
  }
  if (parts.compress->needs_every_worker && (holds_differences || memory.applies_momentum)) {
    return {std::string(memory.name) + " keeps what a worker's own message leaves out, but " +
                std::string(parts.compress->name) + " joins the messages of all workers",
            {"memory", "compress"}};
  }
  if (parts.send->compares_differences && !holds_differences) {
    return {std::string(parts.send->name) +
                " compares changes since the last upload: expected memory difference, got " +
                std::string(memory.name),
            {"memory", "send"}};
  }
  return holds_differences ? refusal_of_difference(config, parts) : Incompatibility{};
}

/// A vote counts signs without a scale, which are no differences.
Incompatibility refusal_of_vote(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!parts.server_step->counts_signs) return {};
  const std::string name(parts.server_step->name);
  if (has_local_steps(config)) {
    return {name + " moves each entry by gamma, for signs of gradients: expected no local steps",
            {"local_steps", "local_epochs", "server_step"}};
  }
  const MessageShape shape = parts.compress->shape(config, one_entry_layout());
  if (shape.representation != Representation::signs || shape.floats_per_bucket != 0) {
    return {name + " counts signs: expected compress sign with scale none, got " +
                std::string(parts.compress->name),
            {"scale", "compress"}};
  }
  if (parts.memory->difference_step != nullptr) {
    return {name + " counts signs of gradients: expected no memory of differences, got " +
                std::string(parts.memory->name),
            {"memory"}};
  }
  if (config.get(momentum_parameter) != 0 &&
      config.choice<MomentumPlace>(momentum_at_parameter) == MomentumPlace::server) {
    return {name + " has no momentum: expected momentum_at worker", {"momentum_at", "momentum"}};
  }
  return {};
}

/// The server compresses as a worker does, but alone, and once per iteration.
Incompatibility refusal_of_downlink(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!compresses_downlink(config)) return {};
  if (parts.memory->difference_step != nullptr || parts.memory->applies_momentum) {
    return {"downlink compressed expects memory none or error_feedback, got " +
                std::string(parts.memory->name),
            {"downlink"}};
  }
  const auto compressor = parts.compress->make(config, one_entry_layout());
  if (parts.compress->needs_every_worker || compressor->exchanges() > 1) {
    return {"downlink compressed expects a compressor with a single exchange, got " +
                std::string(parts.compress->name),
            {"downlink"}};
  }
  return {};
}

/// What must not be set together for local steps.
Incompatibility refusal_of_local_parameters(const AlgorithmConfig& config) {
  if (config.get(local_epochs_parameter) > 0 && config.get(local_steps_parameter) != 1) {
    return {"local_steps and local_epochs stand in place of each other: expected one of them",
            {"local_epochs", "local_steps"}};
  }
  if (config.get(local_nesterov_parameter) && config.get(local_momentum_parameter) == 0) {
    return {"local_nesterov expects a local_momentum above 0",
            {"local_nesterov", "local_momentum"}};
  }
  const bool at_worker =
      config.choice<MomentumPlace>(momentum_at_parameter) == MomentumPlace::worker;
  if (at_worker && config.get(momentum_parameter) != 0 &&
      config.get(local_momentum_parameter) != 0) {
    return {"momentum at the worker is that of the local steps: expected local_momentum 0",
            {"local_momentum", "momentum"}};
  }
  const bool sums = config.choice<Offer>(offer_parameter) == Offer::gradients;
  if (!sums && config.get(global_rate_parameter) == 0) {
    return {"global_rate 0 goes with offer gradients only", {"global_rate", "offer"}};
  }
  return {};
}

/// theta is the mean of the groups' models only if it moves by the mean of all differences.
Incompatibility refusal_of_groups(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!parts.update->is_grouped) return {};
  if (config.get(global_steps_parameter) % config.get(local_steps_parameter) != 0) {
    return {"global_steps must be a multiple of local_steps", {"global_steps", "local_steps"}};
  }
  const std::string whole = "global_steps and group_size take means over whole groups: expected ";
  if (config.reduction != Reduction::mean) return {whole + "reduction mean", {"reduction"}};
  if (config.get(participation_parameter) < 1) {
    return {whole + "participation 1", {"participation"}};
  }
  if (has_momentum_at(config, MomentumPlace::server) && config.get(momentum_parameter) != 0) {
    return {
        "momentum at the server does not go with the models of groups (group_size): expected "
        "momentum_at worker",
        {"momentum_at", "momentum"}};
  }
  if (!compresses_downlink(config)) return {};
  return {"each group (group_size) has its own download: expected downlink model", {"downlink"}};
}

Incompatibility refusal_of_control_variates(const AlgorithmConfig& config,
                                            const Ingredients& parts) {
  if (!config.get(control_variates_parameter)) return {};
  if (!parts.compress->is_identity || parts.memory->holds_errors ||
      parts.memory->difference_step != nullptr || parts.send->skips) {
    return {
        "control_variates follow from the whole differences: expected send always, compress "
        "identity, memory none",
        {"control_variates"}};
  }
  if (config.choice<Offer>(offer_parameter) == Offer::gradients) {
    return {"control_variates expect offer difference", {"offer", "control_variates"}};
  }
  const bool at_worker =
      config.choice<MomentumPlace>(momentum_at_parameter) == MomentumPlace::worker;
  const double momentum = at_worker ? config.get(momentum_parameter) : 0;
  if (momentum != 0 || config.get(local_momentum_parameter) != 0) {
    return {"control_variates are means of gradients: expected local steps without momentum",
            {momentum != 0 ? "momentum" : "local_momentum", "control_variates"}};
  }
  return {};
}

Incompatibility refusal_of_local_ingredients(const AlgorithmConfig& config,
                                             const Ingredients& parts) {
  const std::string memory(parts.memory->name);
  if (!parts.send->decides_by_offer) {
    return {std::string(parts.send->name) +
                " compares gradients at the models of the common sequence, which local steps "
                "leave: expected send always, cmfl, censored or laq",
            {"send"}};
  }
  if (parts.memory->applies_momentum) {
    return {memory + " has a momentum of gradients, which local steps do not offer", {"memory"}};
  }
  const bool sums = config.choice<Offer>(offer_parameter) == Offer::gradients;
  if (parts.memory->moves_start && sums) {
    return {memory + " keeps differences of models: expected offer difference",
            {"offer", "memory"}};
  }
  if (parts.memory->holds_errors && !parts.memory->gamma_is_inside(config) && !sums) {
    return {"the differences that local steps offer contain gamma: expected gamma inside",
            {"gamma", "memory"}};
  }
  return {};
}

Incompatibility refusal_of_local_steps(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!has_local_steps(config)) {
    const bool is_idle =
        parts.update->is_local && config.get(weight_decay_parameter) != 0 &&
        std::ranges::find(parts.server_step->parameters, Parameter(&weight_decay_parameter)) ==
            parts.server_step->parameters.end() &&
        !parts.memory->applies_momentum;
    if (!is_idle) return {};
    return {std::string(parts.server_step->name) + " has no weight_decay: expected local steps",
            {"weight_decay"}};
  }
  for (const Incompatibility& found :
       {refusal_of_local_parameters(config), refusal_of_local_ingredients(config, parts),
        refusal_of_groups(config, parts), refusal_of_control_variates(config, parts)}) {
    if (!found.reason.empty()) return found;
  }
  return {};
}

/// Who takes part is drawn, or weighted at the server.
Incompatibility refusal_of_sampling(const AlgorithmConfig& config, const Ingredients& parts) {
  if (config.get(participation_parameter) < 1 && parts.send->participation != nullptr) {
    return {
        std::string(parts.send->name) + " itself selects who takes part: expected participation 1",
        {"participation", "send"}};
  }
  if (weights_at_server(config) && parts.compress->needs_every_worker) {
    return {std::string(parts.compress->name) +
                " joins messages to their plain mean: expected reduction mean",
            {"reduction", "compress"}};
  }
  return {};
}

/// Errors kept with gamma inside are of scaled gradients, which the server must not scale again.
Incompatibility refusal_of_gamma(const AlgorithmConfig& config, const Ingredients& parts) {
  const bool workers_scale = parts.memory->holds_errors && parts.memory->gamma_is_inside(config);
  if (!workers_scale || has_local_steps(config) || !parts.server_step->applies_gamma(config)) {
    return {};
  }
  if (has_momentum_at(config, MomentumPlace::server)) {
    return {
        "momentum and weight_decay at the server act on contributions without gamma: "
        "expected gamma outside, or momentum_at worker",
        {"gamma", "momentum", "weight_decay", "momentum_at", "memory"}};
  }
  return {std::string(parts.server_step->name) +
              " acts on contributions without gamma: expected gamma outside",
          {"gamma", "server_step", "memory"}};
}

Incompatibility refusal_of_send_rule(const AlgorithmConfig& /*config*/, const Ingredients& parts) {
  if (parts.compress->needs_every_worker && parts.send->skips) {
    return {std::string(parts.compress->name) +
                " joins the messages of all workers: expected a send rule that never skips, got " +
                std::string(parts.send->name),
            {"send", "compress"}};
  }
  if (parts.send->reads_contributions && parts.memory->difference_step != nullptr) {
    return {std::string(parts.send->name) +
                " compares the gradients that the server stores: expected a memory other than " +
                std::string(parts.memory->name) + ", whose messages are differences",
            {"memory", "send"}};
  }
  return {};
}

Incompatibility refusal_of_error_memory(const AlgorithmConfig& config, const Ingredients& parts) {
  if (!parts.memory->holds_errors) return {};
  return {parts.compress->refuses_error_memory(config), {"memory", "compress"}};
}

/// The first that has a reason counts.
constexpr Incompatibility (*refusals[])(const AlgorithmConfig&, const Ingredients&) = {
    refusal_of_momentum, refusal_of_memory,   refusal_of_local_steps,
    refusal_of_sampling, refusal_of_gamma,    refusal_of_send_rule,
    refusal_of_vote,     refusal_of_downlink, refusal_of_error_memory};

Incompatibility first_of(const AlgorithmConfig& config, const Ingredients& parts) {
  for (const auto refusal : refusals) {
    if (Incompatibility found = refusal(config, parts); !found.reason.empty()) return found;
  }
  return {};
}

/// An asynchronous method: besides its own conditions, those of its clients as workers.
Incompatibility refusal_of_clients(const AlgorithmConfig& config, const Ingredients& parts) {
  if (std::string reason = parts.asynchronous->refuses(config); !reason.empty()) {
    return {std::move(reason), {"fetch", "fetch_period", "push_period"}};
  }
  if (parts.memory->difference_step != nullptr || parts.memory->moves_start) {
    return {std::string(parts.memory->name) +
                " keeps what all workers know of a common sequence of models, which asynchronous "
                "clients do not see: expected memory none, error_feedback or momentum_correction",
            {"memory"}};
  }
  const auto compressor = parts.compress->make(config, one_entry_layout());
  if (parts.compress->needs_every_worker || compressor->exchanges() > 1) {
    return {std::string(parts.compress->name) +
                " joins the messages of all workers, which do not come together here",
            {"compress"}};
  }
  const AlgorithmConfig worker = with_defaults(worker_method_of(config));
  if (compresses_downlink(worker)) {
    return {"downlink compressed expects clients that receive every version: expected model",
            {"downlink"}};
  }
  return first_of(worker, ingredients_of(worker));
}

}  // namespace

Incompatibility first_incompatibility(const AlgorithmConfig& given) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  if (parts.gossip != nullptr) return refusal_of_momentum(config, parts);
  if (parts.asynchronous != nullptr) return refusal_of_clients(config, parts);
  return first_of(config, parts);
}

std::string incompatibility(const AlgorithmConfig& config) {
  return first_incompatibility(config).reason;
}

}  // namespace gradwire::algorithms
