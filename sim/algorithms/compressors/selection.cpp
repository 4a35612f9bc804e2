#include "sim/algorithms/compressors/selection.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace gradwire::algorithms {

std::size_t k_for(std::size_t d, double density) {
  if (!(density > 0.0 && density <= 1.0)) {
    throw std::invalid_argument("density " + std::to_string(density) + " is not in (0, 1]");
  }
  const auto share = [d](std::size_t k) { return static_cast<double>(k) / static_cast<double>(d); };
  auto k = static_cast<std::size_t>(density * static_cast<double>(d));
  while (k < d && share(k + 1) <= density) ++k;
  while (k > 0 && share(k) > density) --k;
  return std::max<std::size_t>(k, 1);
}

std::vector<Block> selection_blocks(const Layout& layout, double density, Selection selection) {
  if (selection == Selection::whole_model) {
    return {{0, layout.size(), k_for(layout.size(), density)}};
  }
  std::vector<Block> blocks;
  for (const TensorSlot& tensor : layout.tensors()) {
    if (tensor.size == 0) continue;
    blocks.push_back({tensor.offset, tensor.size, k_for(tensor.size, density)});
  }
  return blocks;
}

std::vector<Block> selection_blocks(const AlgorithmConfig& config, const Layout& layout) {
  return selection_blocks(layout, config.get(density_parameter),
                          config.choice<Selection>(selection_parameter));
}

std::size_t total_k(const std::vector<Block>& blocks) {
  std::size_t k = 0;
  for (const Block& block : blocks) k += block.kept;
  return k;
}

}  // namespace gradwire::algorithms
