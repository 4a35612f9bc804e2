#pragma once

#include <cstddef>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

/// The entries among which a number is selected: in each tensor (SASG's code), or in all tensors
/// together.
enum class Selection { per_tensor, whole_model };

inline constexpr Choice selection_choices[] = {
    {"per_tensor", "the top k of each tensor, k at least 1"},
    {"whole_model", "the top k of all tensors together"}};
static_assert(has_row_for_each(selection_choices, Selection::whole_model));
inline constexpr NumberParameter density_parameter{.key = "density",
                                                   .help = "share of entries kept, k/d",
                                                   .range = {.above = 0, .up_to = 1},
                                                   .default_value = 0.01};
inline constexpr ChoiceParameter selection_parameter{.key = "selection",
                                                     .help = "among which entries the k are sought",
                                                     .choices = selection_choices,
                                                     .default_value = "per_tensor"};

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

/// The same for the density and selection that the configuration gives.
[[nodiscard]] std::vector<Block> selection_blocks(const AlgorithmConfig& config,
                                                  const Layout& layout);

/// k: the sum of k_l over all blocks.
[[nodiscard]] std::size_t total_k(const std::vector<Block>& blocks);

}  // namespace gradwire::algorithms
