#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/stretch.hpp"

namespace gradwire::algorithms {

/// The positions in the slice of a (coded) sparse message that a stretch of the model receives, as
/// WireFormat writes those of a message whose model is the stretch. Where the stretch has a part of
/// a tensor or of a block among whose entries a fixed number is selected, the receiver cannot
/// derive how many of them are in the slice: under `tensor` and `golomb` that count precedes them,
/// in 32 bits.
class SlicePositions {
 public:
  /// `shape`: of the whole message.
  SlicePositions(const Layout& layout, const MessageShape& shape, const Stretch& stretch);

  /// indices: into the stretch, ascending
  [[nodiscard]] std::int64_t bits(IndexCoding coding, std::span<const std::uint32_t> indices) const;
  /// A lower bound, as of whole messages (entropy.hpp).
  [[nodiscard]] std::int64_t entropy(std::span<const std::uint32_t> indices) const;

 private:
  /// The part of a tensor or block that lies in the stretch.
  struct Part {
    std::size_t offset = 0;  ///< in the stretch
    std::size_t size = 0;
    bool count_is_known = true;
  };
  /// With the numbers of entries that are in each part.
  [[nodiscard]] static std::vector<Block> counted(std::span<const Part> parts,
                                                  std::span<const std::uint32_t> indices);
  [[nodiscard]] static std::int64_t count_bits(std::span<const Part> parts);

  std::size_t size_;
  std::vector<Part> tensors_;
  std::vector<Part> blocks_;
};

}  // namespace gradwire::algorithms
