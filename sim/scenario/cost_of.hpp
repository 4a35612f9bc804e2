#pragma once

#include "sim/core/iteration_work.hpp"
#include "sim/cost/cost_model.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire::scenario {

/// `compute` with the costs of coding that are not set replaced by those of the method's
/// compressor, and, where the method has no use for one, by those of top_k or identity.
[[nodiscard]] cost::ComputeConfig with_coding_costs(cost::ComputeConfig compute,
                                                    const algorithms::AlgorithmConfig& algorithm);

/// The scenario's cost model for work whose sizes have these names: sizes and durations, simulated
/// or played over TCP.
[[nodiscard]] cost::CostModel cost_model_of(const Scenario& scenario,
                                            const EncodingNames& encodings);

}  // namespace gradwire::scenario
