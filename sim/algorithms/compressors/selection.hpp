#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

/// The entries among which the largest are selected: "per_tensor", in each tensor (SASG's code), or
/// "whole_model", in all tensors together.
enum class Selection { per_tensor, whole_model };

/// The selection that AlgorithmConfig names; throws InputError for any other name.
[[nodiscard]] Selection selection_named(std::string_view name);

/// A range of the flat vector of which a fixed number of entries is sent: one tensor, or the whole
/// model. Both ends derive it from the configuration, so messages do not contain it.
struct Block {
  std::size_t offset = 0;  ///< index of the first entry
  std::size_t size = 0;    ///< d_l, entries
  std::size_t kept = 0;    ///< k_l, number of entries sent; 1 to d_l
  friend bool operator==(const Block&, const Block&) = default;
};

/// max(1, largest k with k/d <= density in double arithmetic); density in (0, 1]. A density written
/// as a decimal fraction thus gives the k of exact arithmetic: 0.29 of 100 is 29, although 0.29 *
/// 100 < 29 in double arithmetic.
[[nodiscard]] std::size_t k_for(std::size_t d, double density);

/// The blocks of `layout`, contiguous and ascending: one per tensor that is not empty, or one for
/// all. Throws std::invalid_argument for a density outside (0, 1].
[[nodiscard]] std::vector<Block> selection_blocks(const Layout& layout, double density,
                                                  Selection selection);

/// k_l of each of these blocks.
[[nodiscard]] std::vector<std::size_t> kept_entries(const Layout& layout, double density,
                                                    Selection selection);

/// k: the sum of k_l over all blocks.
[[nodiscard]] std::size_t total_k(const std::vector<Block>& blocks);

}  // namespace gradwire::algorithms
