#include "sim/algorithms/wire/slice_positions.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/algorithms/wire/entropy.hpp"
#include "sim/algorithms/wire/golomb.hpp"
#include "sim/algorithms/wire/index_code.hpp"

namespace gradwire::algorithms {

SlicePositions::SlicePositions(const Layout& layout, const MessageShape& shape,
                               const Stretch& stretch)
    : size_(stretch.size()) {
  const auto add = [&stretch](std::size_t offset, std::size_t size, bool count_is_known,
                              std::vector<Part>& parts) {
    const std::size_t begin = std::max(offset, stretch.begin);
    const std::size_t end = std::min(offset + size, stretch.end);
    if (begin >= end) return;
    const bool is_whole = end - begin == size;
    parts.push_back({begin - stretch.begin, end - begin, is_whole && count_is_known});
  };
  const bool per_tensor = are_tensors(shape.blocks, layout);
  for (const TensorSlot& tensor : layout.tensors()) {
    add(tensor.offset, tensor.size, per_tensor, tensors_);
  }
  for (const Block& block : shape.blocks) add(block.offset, block.size, true, blocks_);
}

std::vector<Block> SlicePositions::counted(std::span<const Part> parts, Indices indices) {
  std::vector<Block> blocks;
  blocks.reserve(parts.size());
  for (const Part& part : parts) {
    const auto end = std::ranges::lower_bound(indices, part.offset + part.size);
    const auto kept = static_cast<std::size_t>(end - indices.begin());
    blocks.push_back({part.offset, part.size, kept});
    indices = indices.subspan(kept);
  }
  return blocks;
}

std::int64_t SlicePositions::count_bits(std::span<const Part> parts) {
  return count_width * std::ranges::count(parts, false, &Part::count_is_known);
}

std::int64_t SlicePositions::bits(IndexCoding coding, Indices indices) const {
  if (size_ == 0) return 0;
  switch (coding) {
    case IndexCoding::none:
    case IndexCoding::seed:
      return 0;
    case IndexCoding::int32:
    case IndexCoding::int64:
    case IndexCoding::model:
      return static_cast<std::int64_t>(indices.size()) * equal_width(coding, size_);
    case IndexCoding::bitmap:
      return static_cast<std::int64_t>(size_);
    case IndexCoding::tensor: {
      std::int64_t sum = count_bits(tensors_);
      for (const Block& tensor : counted(tensors_, indices)) {
        sum += static_cast<std::int64_t>(tensor.kept) * index_width(tensor.size);
      }
      return sum;
    }
    case IndexCoding::golomb: {
      std::int64_t sum = count_bits(blocks_);
      for (const Block& block : counted(blocks_, indices)) {
        sum += gap_bits(block, take_block(block, indices));
      }
      return sum;
    }
  }
  throw std::logic_error("no such index coding");
}

std::int64_t SlicePositions::entropy(Indices indices) const {
  return entropy_of_positions(counted(blocks_, indices));
}

}  // namespace gradwire::algorithms
