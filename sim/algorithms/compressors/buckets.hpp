#pragma once

#include <cstdint>
#include <vector>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

inline constexpr Choice bucket_choices[] = {{"tensor", "each tensor"},
                                            {"model", "all tensors together"}};
inline constexpr WholeOrChoiceParameter bucket_parameter{
    .key = "bucket",
    .help = "consecutive entries that share one scale",
    .range = {1, 1'000'000'000, "entries"},
    .choices = bucket_choices,
    .default_value = "tensor"};

/// The buckets that the configuration gives, contiguous from 0; none is empty, all entries are
/// kept.
[[nodiscard]] std::vector<Block> buckets(const AlgorithmConfig& config, const Layout& layout);

/// One bucket per block of a selection, in the vector of all kept entries.
[[nodiscard]] std::vector<Block> kept_buckets(const std::vector<Block>& blocks);

/// The end of each bucket in the flat vector.
[[nodiscard]] std::vector<std::uint32_t> ends_of(const std::vector<Block>& buckets);

}  // namespace gradwire::algorithms
