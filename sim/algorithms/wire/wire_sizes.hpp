#pragma once

#include <array>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/wire/wire.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

/// Sizes of a method's uploads under every index coding, so that a replay may choose another one.
class WireSizes {
 public:
  WireSizes(const AlgorithmConfig& config, const Layout& layout);
  /// For workers that send Sparse with the entries of `blocks`; without blocks, Dense.
  WireSizes(const Layout& layout, const std::vector<Block>& blocks);
  /// In the order of IndexCoding, without header.
  [[nodiscard]] std::array<Bits, index_codings> of(const Message& message) const;

 private:
  std::vector<WireFormat> formats_;  ///< by IndexCoding
};

/// Size of a worker's upload on the wire: `skip_flag` bytes if it skipped; a header in both cases.
[[nodiscard]] Bytes upload_bytes(const WorkerWork& work, const WireConfig& wire, Bytes skip_flag);

}  // namespace gradwire::algorithms
