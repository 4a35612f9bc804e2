#include "sim/algorithms/wire/wire_sizes.hpp"

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/methods.hpp"

namespace gradwire::algorithms {

namespace {

std::vector<Block> blocks_of(const AlgorithmConfig& config, const Layout& layout) {
  if (!method(config.name).sparse) return {};
  return selection_blocks(layout, config.density, selection_named(config.selection));
}

}  // namespace

WireSizes::WireSizes(const AlgorithmConfig& config, const Layout& layout)
    : WireSizes(layout, blocks_of(config, layout)) {}

WireSizes::WireSizes(const Layout& layout, const std::vector<Block>& blocks) {
  for (const std::string_view name : index_coding_names()) {
    formats_.emplace_back(WireConfig{.index = std::string(name), .header_bytes = 0}, layout,
                          blocks);
  }
}

std::array<Bits, index_codings> WireSizes::of(const Message& message) const {
  std::array<Bits, index_codings> sizes;
  for (std::size_t i = 0; i < index_codings; ++i) sizes[i] = formats_[i].size(message);
  return sizes;
}

Bytes upload_bytes(const WorkerWork& work, const WireConfig& wire, Bytes skip_flag) {
  const Bytes header{wire.header_bytes};
  if (work.skipped) return header + skip_flag;
  const auto coding = static_cast<std::size_t>(index_coding_named(wire.index));
  return header + bytes_for(work.encoded[coding]);
}

}  // namespace gradwire::algorithms
