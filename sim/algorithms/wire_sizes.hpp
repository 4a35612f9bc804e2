#pragma once

#include <array>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/message.hpp"
#include "sim/algorithms/wire.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/work.hpp"

namespace gradwire::algorithms {

/// What a method's uploads weigh under every index coding, so that a run which is replayed may
/// choose another one.
class WireSizes {
 public:
  WireSizes(const AlgorithmConfig& config, const Layout& layout);
  /// Of workers that send Sparse as `blocks` say; without blocks, Dense.
  WireSizes(const Layout& layout, const std::vector<Block>& blocks);
  /// In the order of IndexCoding, without header.
  [[nodiscard]] std::array<Bits, index_codings> of(const Message& message) const;

 private:
  std::vector<WireFormat> formats_;  ///< by IndexCoding
};

/// What a worker's upload weighs on the wire: the flag's bytes when it skipped; always a header.
[[nodiscard]] Bytes upload_bytes(const WorkerWork& work, const WireConfig& wire, Bytes skip_flag);

}  // namespace gradwire::algorithms
