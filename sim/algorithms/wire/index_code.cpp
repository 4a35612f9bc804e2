#include "sim/algorithms/wire/index_code.hpp"

#include <string>

namespace gradwire::algorithms {

bool are_tensors(std::span<const Block> blocks, const Layout& layout) {
  std::size_t next = 0;
  for (const TensorSlot& tensor : layout.tensors()) {
    if (tensor.size == 0) continue;
    if (next == blocks.size() || blocks[next].size != tensor.size) return false;
    ++next;
  }
  return next == blocks.size();
}

void write_bitmap(BitWriter& writer, std::size_t d, Indices indices) {
  std::size_t next = 0;
  for (std::size_t word = 0; word < d; word += 32) {
    const std::size_t width = std::min<std::size_t>(32, d - word);
    std::uint64_t bits = 0;
    for (; next < indices.size() && indices[next] < word + width; ++next) {
      bits |= std::uint64_t{1} << (indices[next] - word);
    }
    writer.write(bits, static_cast<int>(width));
  }
}

void write_plain(BitWriter& writer, int width, Indices indices) {
  for (const std::uint32_t index : indices) {
    writer.write(index, std::min(width, 32));
    if (width > 32) writer.write(0, width - 32);
  }
}

void write_in_tensor(BitWriter& writer, std::span<const Block> tensors, Indices indices) {
  for (const Block& tensor : tensors) {
    for (const std::uint32_t index : take_block(tensor, indices)) {
      writer.write(index - tensor.offset, index_width(tensor.size));
    }
  }
}

void CheckedIndices::add(std::uint64_t index, const Block& block, const BitReader& reader) {
  if (index < block.offset || index >= block.offset + block.size) {
    reader.fail("index " + std::to_string(index) + " is not in [" + std::to_string(block.offset) +
                ", " + std::to_string(block.offset + block.size) + ")");
  }
  if (!indices_.empty() && index <= indices_.back()) {
    reader.fail("index " + std::to_string(index) + " follows " + std::to_string(indices_.back()) +
                ": expected ascending indices");
  }
  indices_.push_back(static_cast<std::uint32_t>(index));
}

void read_gaps(BitReader& reader, const Block& block, CheckedIndices& indices) {
  GapCode code(block);
  std::uint64_t next = block.offset;
  for (std::size_t i = 0; i < block.kept; ++i) {
    indices.add(next + code.read(reader), block, reader);
    next = std::uint64_t{indices.last()} + 1;
  }
}

void read_bitmap(BitReader& reader, const Block& block, CheckedIndices& indices) {
  const std::size_t expected = indices.size() + block.kept;
  for (std::size_t word = 0; word < block.size; word += 32) {
    std::uint32_t bits =
        reader.read(static_cast<int>(std::min<std::size_t>(32, block.size - word)));
    for (; bits != 0; bits &= bits - 1) {
      if (indices.size() == expected) reader.fail("more entries in the bitmap than are sent");
      indices.add(block.offset + word + static_cast<std::size_t>(std::countr_zero(bits)), block,
                  reader);
    }
  }
  if (indices.size() != expected) reader.fail("fewer entries in the bitmap than are sent");
}

void read_plain(BitReader& reader, int width, const Block& block, CheckedIndices& indices) {
  for (std::size_t i = 0; i < block.kept; ++i) {
    std::uint64_t index = reader.read(std::min(width, 32));
    if (width > 32) index |= std::uint64_t{reader.read(width - 32)} << 32;
    indices.add(index, block, reader);
  }
}

void read_in_tensor(BitReader& reader, const Block& tensor, CheckedIndices& indices) {
  for (std::size_t i = 0; i < tensor.kept; ++i) {
    const std::uint64_t index = reader.read(index_width(tensor.size));
    indices.add(tensor.offset + index, tensor, reader);
  }
}

void copy_block(const BitReader& reader, const Block& block, Indices& support,
                CheckedIndices& indices) {
  for (const std::uint32_t index : take_block(block, support)) indices.add(index, block, reader);
}

}  // namespace gradwire::algorithms
