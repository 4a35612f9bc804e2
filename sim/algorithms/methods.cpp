#include "sim/algorithms/methods.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/compressors/one_bit.hpp"
#include "sim/algorithms/compressors/qsgd.hpp"
#include "sim/algorithms/compressors/random_k.hpp"
#include "sim/algorithms/compressors/sign.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/memory/no_memory.hpp"
#include "sim/algorithms/send_rules/always.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/algorithms/server_steps/descent.hpp"
#include "sim/algorithms/server_steps/majority_vote.hpp"

namespace gradwire::algorithms {
namespace {

constexpr MethodDefault scaled_by_l1[] = {{"scale", "l1"}};
constexpr MethodDefault signs_of_momentum[] = {{"momentum", 0.9}, {"momentum_at", "worker"}};
constexpr MethodDefault signs_of_gradients[] = {{"momentum_at", "worker"}};
constexpr MethodDefault gamma_outside[] = {{"gamma", "outside"}};

constexpr std::array table{
    Method{.group = "plain",
           .name = "sgd",
           .label = "SGD",
           .summary = "every worker sends its whole gradient in every iteration",
           .source = "",
           .send = &always_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum},
    Method{.group = "sparse",
           .name = "sparse",
           .label = "Sparse",
           .summary = "top-k with error memory, sent in every iteration",
           .source = "Aji, Heafield, arXiv 1704.05021; Stich et al., arXiv 1809.07599",
           .send = &always_kind,
           .compress = &top_k_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum},
    Method{.group = "lazy",
           .name = "lasg",
           .label = "LASG",
           .summary = "whole gradients, sent only when they changed enough (lazy)",
           .source = "Chen et al., arXiv 2002.11360 (WK2), as in the SASG authors' notebooks",
           .send = &lasg_kind,
           .compress = &identity_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .models_in_notebook = 2},
    Method{.group = "lazy and compressed",
           .name = "sasg",
           .label = "SASG",
           .summary = "top-k with error memory, sent only when the gradient changed enough",
           .source = "arXiv 2112.04088, Algorithm 1, and its authors' notebooks",
           .send = &lasg_kind,
           .compress = &top_k_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .reduction = Reduction::sum,
           .models_in_notebook = 2},
    Method{.group = "sparse",
           .name = "random_k",
           .label = "Random-k",
           .summary = "entries drawn at random, with error memory",
           .source = "Stich et al., arXiv 1809.07599 (Mem-SGD)",
           .send = &always_kind,
           .compress = &random_k_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind},
    Method{.group = "signs",
           .name = "ef_signsgd",
           .label = "EF-signSGD",
           .summary = "signs and one scale per tensor, with error memory",
           .source = "Karimireddy et al., arXiv 1901.09847, Algorithm 1; the mean over workers is "
                     "not in the paper",
           .send = &always_kind,
           .compress = &sign_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .defaults = scaled_by_l1},
    Method{.group = "signs",
           .name = "signsgd",
           .label = "signSGD",
           .summary = "signs up, and the signs of the majority down; every entry moves by the "
                      "learning rate, which is far smaller than SGD's (1e-4 on ImageNet)",
           .source = "Bernstein et al., arXiv 1802.04434 and 1810.05291, Algorithm 1; as in the "
                     "authors' code weight decay acts after the vote, and ties and signs of 0 "
                     "are +1",
           .send = &always_kind,
           .compress = &sign_kind,
           .memory = &no_memory_kind,
           .server_step = &majority_vote_kind,
           .reduction = Reduction::sum,
           .defaults = signs_of_gradients},
    Method{.group = "signs",
           .name = "signum",
           .label = "Signum",
           .summary = "signSGD with the signs of a momentum at each worker",
           .source =
               "Bernstein et al., arXiv 1810.05291, Algorithm 1, and the authors' code, whose "
               "buffer is 1 - momentum times the one here (PyTorch's), with the same signs",
           .send = &always_kind,
           .compress = &sign_kind,
           .memory = &no_memory_kind,
           .server_step = &majority_vote_kind,
           .reduction = Reduction::sum,
           .defaults = signs_of_momentum},
    Method{.group = "signs",
           .name = "one_bit",
           .label = "1-bit SGD",
           .summary = "one bit per entry and two means per column, with error memory",
           .source =
               "Seide et al., Interspeech 2014; bits and two floats per column as in Alistarh "
               "et al., arXiv 1610.02132; a server in place of an exchange between all",
           .send = &always_kind,
           .compress = &one_bit_kind,
           .memory = &error_feedback_kind,
           .server_step = &descent_kind,
           .unverified = "the paper's text; its columns are taken to be the entries of one output "
                         "(a row of PyTorch's [out, in] and [out, in, k, k]), a bias one column, "
                         "and gamma outside the memory",
           .defaults = gamma_outside},
    Method{.group = "quantised",
           .name = "qsgd",
           .label = "QSGD",
           .summary = "values quantised at random to a few levels of the norm",
           .source = "Alistarh et al., arXiv 1610.02132, Algorithm 1, with a server in place of an "
                     "exchange between all",
           .send = &always_kind,
           .compress = &qsgd_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind},
};

/// The distinct ingredients of the rows, in their order.
template <class Kind>
std::vector<const Kind*> distinct(const Kind* Method::*ingredient) {
  std::vector<const Kind*> kinds;
  for (const Method& row : table) {
    if (std::ranges::find(kinds, row.*ingredient) == kinds.end()) kinds.push_back(row.*ingredient);
  }
  return kinds;
}

template <class Kind>
const Kind* named(const std::vector<const Kind*>& kinds, std::string_view name) {
  for (const Kind* kind : kinds) {
    if (kind->name == name) return kind;
  }
  throw std::logic_error("no ingredient named " + std::string(name));
}

ParameterValue parameter_value(const MethodDefault& value) {
  struct {
    ParameterValue operator()(std::string_view word) const { return std::string(word); }
    ParameterValue operator()(double number) const { return number; }
    ParameterValue operator()(std::int64_t number) const { return number; }
    ParameterValue operator()(bool flag) const { return flag; }
  } as;
  return std::visit(as, value.value);
}

const Method* row_of(const AlgorithmConfig& config) {
  return config.name == custom_name ? nullptr : &method(config.name);
}

}  // namespace

std::span<const Method> methods() { return table; }

const Method& method(std::string_view name) {
  for (const Method& row : table) {
    if (row.name == name) return row;
  }
  throw std::logic_error("no method named " + std::string(name));
}

const std::vector<const SendRuleKind*>& send_rules() {
  static const auto kinds = distinct(&Method::send);
  return kinds;
}

const std::vector<const CompressorKind*>& compressors() {
  static const auto kinds = distinct(&Method::compress);
  return kinds;
}

const std::vector<const MemoryKind*>& memories() {
  static const auto kinds = distinct(&Method::memory);
  return kinds;
}

const std::vector<const ServerStepKind*>& server_steps() {
  static const auto kinds = distinct(&Method::server_step);
  return kinds;
}

Ingredients ingredients_of(const AlgorithmConfig& config) {
  if (const Method* row = row_of(config)) {
    return {row->send, row->compress, row->memory, row->server_step};
  }
  return {named(send_rules(), config.send), named(compressors(), config.compress),
          named(memories(), config.memory), named(server_steps(), config.server_step)};
}

std::vector<Parameter> Ingredients::parameters() const {
  std::vector<Parameter> all;
  for (const auto& some :
       {compress->parameters, send->parameters, memory->parameters, server_step->parameters}) {
    for (const Parameter& parameter : some) {
      if (std::ranges::find(all, parameter) == all.end()) all.push_back(parameter);
    }
  }
  return all;
}

namespace {

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

bool compresses_downlink(const AlgorithmConfig& config) {
  return config.choice<Downlink>(downlink_parameter) == Downlink::compressed;
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
  if (config.get(nesterov_parameter) && config.get(momentum_parameter) == 0) {
    return "nesterov expects a momentum above 0";
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
  if (replaces_model(config) && parts.send->participation != nullptr) {
    return "workers that receive a message in place of the model must take part in every "
           "iteration: expected another send rule, got " +
           std::string(parts.send->name);
  }
  for (const std::string& reason :
       {refusal_of_vote(config, parts), refusal_of_downlink(config, parts)}) {
    if (!reason.empty()) return reason;
  }
  if (!parts.memory->holds_errors) return "";
  return parts.compress->refuses_error_memory(config);
}

AlgorithmConfig with_defaults(AlgorithmConfig config) {
  for (const Parameter& parameter : ingredients_of(config).parameters()) {
    config.values.try_emplace(std::string(key_of(parameter)), default_of(config, parameter));
  }
  config.reduction = reduction_of(config);
  return config;
}

ParameterValue default_of(const AlgorithmConfig& config, const Parameter& parameter) {
  if (const Method* row = row_of(config)) {
    for (const MethodDefault& own : row->defaults) {
      if (own.key == key_of(parameter)) return parameter_value(own);
    }
  }
  return default_of(parameter);
}

Reduction reduction_of(const AlgorithmConfig& config) {
  if (config.reduction) return *config.reduction;
  const Method* row = row_of(config);
  return row != nullptr ? row->reduction : Reduction::mean;
}

bool sends_plain_updates(const AlgorithmConfig& config) {
  const Ingredients parts = ingredients_of(config);
  return !parts.send->skips && parts.compress->is_identity && !parts.memory->holds_errors &&
         parts.memory->difference_step == nullptr && !parts.memory->applies_momentum &&
         !has_momentum_at(config, MomentumPlace::worker);
}

bool replaces_model(const AlgorithmConfig& config) {
  return ingredients_of(config).server_step->counts_signs || compresses_downlink(config);
}

bool needs_smoothness(const AlgorithmConfig& config) {
  return ingredients_of(config).send->needs_smoothness;
}

namespace {

/// Whether the workers scale what they send by gamma. Otherwise the server does: a memory may be
/// of unscaled gradients, and the server's momentum is.
bool workers_apply_gamma(const AlgorithmConfig& config) {
  const Ingredients parts = ingredients_of(config);
  return parts.memory->gamma_is_inside(config) && !parts.server_step->applies_gamma(config);
}

}  // namespace

Worker make_worker(const AlgorithmConfig& given, const Layout& layout, int workers) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  AlgorithmConfig of_momentum = config;
  if (parts.server_step->decays_weights) of_momentum.set(weight_decay_parameter, 0.0);
  return Worker({.rule = parts.send->make(config, workers),
                 .compressor = parts.compress->make(config, layout),
                 .memory = parts.memory->make(config, layout),
                 .applies_gamma = workers_apply_gamma(config),
                 .momentum = parts.memory->applies_momentum
                                 ? std::nullopt
                                 : momentum_at(of_momentum, MomentumPlace::worker, layout.size())});
}

Box<Participation> make_participation(const AlgorithmConfig& given,
                                      const Surroundings& surroundings) {
  const AlgorithmConfig config = with_defaults(given);
  const auto choose = ingredients_of(config).send->participation;
  if (choose != nullptr) return choose(config, surroundings);
  return std::make_unique<EveryWorker>(surroundings.workers);
}

namespace {

/// With a memory and a compressor of its own, of the workers' kinds.
std::optional<CompressedDownlink> make_downlink(const AlgorithmConfig& config,
                                                const Layout& layout) {
  if (!compresses_downlink(config)) return std::nullopt;
  const Ingredients parts = ingredients_of(config);
  return CompressedDownlink(parts.memory->make(config, layout),
                            parts.compress->make(config, layout));
}

}  // namespace

Server make_server(const AlgorithmConfig& given, const Layout& layout, Vector initial_parameters,
                   int workers) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  return Server({.workers = workers,
                 .workers_skip = parts.send->skips,
                 .takes_mean = config.reduction != Reduction::sum,
                 .applies_gamma = !workers_apply_gamma(config),
                 .difference_step = parts.memory->difference_step != nullptr
                                        ? std::optional(parts.memory->difference_step(config))
                                        : std::nullopt},
                parts.server_step->make(config, layout), std::move(initial_parameters),
                make_downlink(config, layout));
}

MessageShape shape_of(const AlgorithmConfig& given, const Layout& layout) {
  const AlgorithmConfig config = with_defaults(given);
  return ingredients_of(config).compress->shape(config, layout);
}

WireFormat make_wire_format(const AlgorithmConfig& config, const WireConfig& wire,
                            const Layout& layout) {
  return {wire, layout, shape_of(config, layout)};
}

}  // namespace gradwire::algorithms
