#include "sim/algorithms/wire/golomb.hpp"

namespace gradwire::algorithms {

void write_gaps(BitWriter& writer, const Block& block, std::span<const std::uint32_t> indices) {
  GapCode code(block);
  GapTo gap_to{static_cast<std::uint32_t>(block.offset)};
  for (const std::uint32_t index : indices) code.write(writer, gap_to(index));
}

}  // namespace gradwire::algorithms
