#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

/// Among which entries the largest are sought: "per_tensor", in each tensor (SASG's code), or
/// "whole_model", in all tensors together.
enum class Selection { per_tensor, whole_model };

/// As AlgorithmConfig names it; anything else is an InputError.
[[nodiscard]] Selection selection_named(std::string_view name);

/// A stretch of the flat vector that always sends the same number of entries: one tensor, or the
/// whole model. Both ends know it from the start, so a message need not say it.
struct Block {
  std::size_t offset = 0;  ///< of its first entry
  std::size_t size = 0;    ///< d_l, entries
  std::size_t kept = 0;    ///< k_l, entries sent; 1 to d_l
  friend bool operator==(const Block&, const Block&) = default;
};

/// max(1, largest k with k/d <= density in double arithmetic); density in (0, 1]. So a density
/// written as a decimal fraction keeps what paper and pencil give: 0.29 of 100 is 29, although
/// 0.29 * 100 < 29 here.
[[nodiscard]] std::size_t kept_of(std::size_t d, double density);

/// The blocks of `layout`, without gaps and ascending: a block a tensor, or one for all. A density
/// outside (0, 1] is a std::invalid_argument; empty tensors make no block.
[[nodiscard]] std::vector<Block> selection_blocks(const Layout& layout, double density,
                                                  Selection selection);

/// k_l of each of those blocks.
[[nodiscard]] std::vector<std::size_t> kept_entries(const Layout& layout, double density,
                                                    Selection selection);

/// k: entries that all blocks send together.
[[nodiscard]] std::size_t total_kept(const std::vector<Block>& blocks);

}  // namespace gradwire::algorithms
