#include "sim/scenario/cost_of.hpp"

#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/methods.hpp"

namespace gradwire::scenario {

namespace {

/// Whether dense uploads are a compressor's (half, natural), and not the vectors themselves or the
/// scales of another exchange.
bool compresses_to_dense(const algorithms::AlgorithmConfig& algorithm) {
  return !algorithms::ingredients_of(algorithm).compress->is_identity &&
         algorithms::shape_of(algorithm, one_entry_layout()).representation ==
             Representation::dense;
}

}  // namespace

cost::ComputeConfig with_coding_costs(cost::ComputeConfig compute,
                                      const algorithms::AlgorithmConfig& algorithm) {
  const algorithms::CompressorKind& kind = *algorithms::ingredients_of(algorithm).compress;
  const algorithms::CodingCost& coded = kind.is_identity ? algorithms::top_k_kind.cost : kind.cost;
  const auto fill = [](std::optional<Seconds>& cost, Seconds measured) {
    if (!cost) cost = measured;
  };
  fill(compute.selection_seconds_per_entry, coded.per_entry);
  fill(compute.encoding_seconds_per_value, coded.per_value);
  fill(compute.decoding_seconds_per_value, coded.at_server);
  fill(compute.adding_seconds_per_value, algorithms::identity_kind.cost.at_server);
  const bool steps_locally =
      algorithms::has_local_steps(algorithm) || algorithms::is_asynchronous(algorithm);
  fill(compute.local_step_seconds_per_entry,
       steps_locally ? algorithms::local_step_seconds_per_entry : Seconds{0});
  return compute;
}

namespace {

bool compresses_before_skipping(const algorithms::AlgorithmConfig& given) {
  const algorithms::AlgorithmConfig config = algorithms::with_defaults(given);
  return algorithms::ingredients_of(config).send->make(config, 1)->reads_proposals();
}

}  // namespace

bool sends_dense(const Scenario& scenario) {
  Layout any;
  any.add("any", {1});
  const algorithms::MessageShape shape =
      shape_of(algorithms::with_defaults(scenario.algorithm), any, scenario.wire.values);
  return shape.representation == Representation::dense &&
         shape.values == algorithms::ValueFormat::float32;
}

std::string note_on_dense_sums(const Scenario& scenario) {
  const bool skips = algorithms::ingredients_of(scenario.algorithm).send->skips;
  if (scenario.protocol.kind != protocols::ProtocolKind::all_reduce || !skips ||
      !sends_dense(scenario))
    return "";
  return "Skipped uploads save no bytes here: the collective sums whole vectors, to which every "
         "worker adds its stored upload when it skips.";
}

cost::CostModel cost_model_of(const Scenario& scenario, const EncodingNames& encodings) {
  return cost::CostModel(
      {.compute = with_coding_costs(scenario.compute, scenario.algorithm),
       .wire = scenario.wire,
       .encodings = encodings,
       .skip_flag = {scenario.protocol.skip_flag_bytes},
       .skips_are_coded = compresses_before_skipping(scenario.algorithm),
       .seed = scenario.seed,
       .codes_dense = compresses_to_dense(scenario.algorithm),
       .has_server = scenario.protocol.kind != protocols::ProtocolKind::all_reduce,
       .sends_dense = sends_dense(scenario),
       .server_shards = scenario.protocol.server_shards});
}

}  // namespace gradwire::scenario
