#pragma once

#include <string>

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

/// Whether uploads are dense vectors of floats, which may be added on the way.
[[nodiscard]] bool sends_dense(const Scenario& scenario);

/// Note for readers of a run in which skipping an upload saves no byte, since the collective sums
/// what all workers sent last; else empty.
[[nodiscard]] std::string note_on_dense_sums(const Scenario& scenario);

}  // namespace gradwire::scenario
