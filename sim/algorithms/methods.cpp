#include "sim/algorithms/methods.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "sim/algorithms/compressors/half.hpp"
#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/compressors/natural.hpp"
#include "sim/algorithms/compressors/qsgd.hpp"
#include "sim/algorithms/compressors/random_k.hpp"
#include "sim/algorithms/compressors/rounded_values.hpp"
#include "sim/algorithms/compressors/sign.hpp"
#include "sim/algorithms/compressors/ternary.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/memory/no_memory.hpp"
#include "sim/algorithms/send_rules/always.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/algorithms/server_steps/descent.hpp"

namespace gradwire::algorithms {
namespace {

constexpr MethodDefault scaled_by_l1[] = {{"scale", "l1"}};
constexpr MethodDefault terngrad_defaults[] = {{"momentum", 0.9}};

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
    Method{.group = "quantised",
           .name = "terngrad",
           .label = "TernGrad",
           .summary = "-1, 0 or 1 at random, times a scale that all workers share",
           .source = "Wen et al., arXiv 1705.07878, Algorithm 1 and section 3.3; momentum and "
                     "clipping as in the authors' code, where the scale is 2.5 sigma also if no "
                     "entry is as large",
           .send = &always_kind,
           .compress = &ternary_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind,
           .unverified = "which layers the authors leave uncompressed (the last one of AlexNet); "
                         "here none is",
           .defaults = terngrad_defaults},
    Method{.group = "quantised",
           .name = "natural",
           .label = "Natural compression",
           .summary = "values rounded at random to powers of two",
           .source = "Horvath et al., arXiv 1905.10988, Definition 1; the model comes back "
                     "uncompressed",
           .send = &always_kind,
           .compress = &natural_kind,
           .memory = &no_memory_kind,
           .server_step = &descent_kind},
};

/// Compressors that no row has.
constexpr const CompressorKind* further_compressors[] = {&half_kind};

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
  static const auto kinds = [] {
    auto all = distinct(&Method::compress);
    all.insert(all.end(), std::begin(further_compressors), std::end(further_compressors));
    return all;
  }();
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

bool sends_plain_updates(const AlgorithmConfig& config, ValueFormat values) {
  const Ingredients parts = ingredients_of(config);
  return values == ValueFormat::float32 && !parts.send->skips && parts.compress->is_identity &&
         !parts.memory->holds_errors && parts.memory->difference_step == nullptr &&
         !parts.memory->applies_momentum && !has_momentum_at(config, MomentumPlace::worker);
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

Box<Compressor> make_compressor(const AlgorithmConfig& config, const Layout& layout,
                                ValueFormat values) {
  const CompressorKind& kind = *ingredients_of(config).compress;
  Box<Compressor> compressor = kind.make(config, layout);
  if (!RoundedValues::applies(kind.shape(config, layout), values)) return compressor;
  return std::make_unique<RoundedValues>(std::move(compressor), values);
}

}  // namespace

Worker make_worker(const AlgorithmConfig& given, const Layout& layout, int workers,
                   ValueFormat values) {
  const AlgorithmConfig config = with_defaults(given);
  const Ingredients parts = ingredients_of(config);
  return Worker({.rule = parts.send->make(config, workers),
                 .compressor = make_compressor(config, layout, values),
                 .memory = parts.memory->make(config, layout),
                 .applies_gamma = workers_apply_gamma(config),
                 .momentum = parts.memory->applies_momentum
                                 ? std::nullopt
                                 : momentum_at(config, MomentumPlace::worker, layout.size())});
}

Box<Participation> make_participation(const AlgorithmConfig& given,
                                      const Surroundings& surroundings) {
  const AlgorithmConfig config = with_defaults(given);
  const auto choose = ingredients_of(config).send->participation;
  if (choose != nullptr) return choose(config, surroundings);
  return std::make_unique<EveryWorker>(surroundings.workers);
}

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
                parts.server_step->make(config, layout), std::move(initial_parameters));
}

MessageShape shape_of(const AlgorithmConfig& given, const Layout& layout, ValueFormat values) {
  const AlgorithmConfig config = with_defaults(given);
  MessageShape shape = ingredients_of(config).compress->shape(config, layout);
  if (RoundedValues::applies(shape, values)) shape.values = values;
  return shape;
}

WireFormat make_wire_format(const AlgorithmConfig& config, const WireConfig& wire,
                            const Layout& layout) {
  return {wire, layout, shape_of(config, layout, wire.values)};
}

}  // namespace gradwire::algorithms
