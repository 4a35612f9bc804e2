#include "sim/algorithms/wire/wire_sizes.hpp"

#include <string>

#include "sim/algorithms/wire/level_code.hpp"

namespace gradwire::algorithms {
namespace {

constexpr std::int64_t float_bits = 32;

/// Position of the first encoding of positions or levels: after that of the values.
constexpr std::size_t first_coding = 1;

}  // namespace

WireSizes::WireSizes(const Layout& layout, const MessageShape& shape)
    : names_(encoding_names(shape)), ranks_vary_(shape.ranks_vary) {
  const bool has_positions = shape.representation == Representation::sparse ||
                             shape.representation == Representation::coded_sparse;
  if (!has_positions) return;
  for (const IndexCoding coding : index_codings(shape)) {
    formats_.emplace_back(WireConfig{.index = coding}, layout, shape);
  }
}

Transmission WireSizes::of_dense(std::int64_t values) {
  return {.representation = Representation::dense,
          .values = values,
          .payload = {float_bits * values},
          .encoded = {Bits{float_bits * values}}};
}

Transmission WireSizes::of(const Message& message) const {
  Transmission sent{.representation = representation_of(message),
                    .values = values_sent(message),
                    .payload = payload_bits(message),
                    .encoded = {}};
  struct {
    const WireSizes& sizes;
    EncodedSizes& encoded;
    void floats(std::size_t count) const {
      encoded[0] = {float_bits * static_cast<std::int64_t>(count)};
    }
    void operator()(const Dense& dense) const { floats(dense.values.size()); }
    void positions(std::span<const std::uint32_t> indices) const {
      for (std::size_t i = 0; i < sizes.formats_.size(); ++i) {
        encoded[first_coding + i] = sizes.formats_[i].index_size(indices);
      }
    }
    /// First coding of levels: after those of the positions, if there are any.
    [[nodiscard]] std::size_t first_level() const { return first_coding + sizes.formats_.size(); }
    void operator()(const Sparse& sparse) const {
      floats(sparse.values.size());
      positions(sparse.indices);
    }
    void operator()(const Quantized& quantized) const {
      floats(quantized.scales.size());
      for (const LevelCoding coding : {LevelCoding::fixed, LevelCoding::elias}) {
        encoded[first_level() + static_cast<std::size_t>(coding)] = {level_bits(quantized, coding)};
      }
    }
    void operator()(const Signs& signs) const {  // one bit per entry under every coding of levels
      floats(signs.floats());
      for (std::size_t i = first_level(); i < sizes.names_.size(); ++i) {
        encoded[i] = {values_in(signs)};
      }
    }
    void operator()(const CodedSparse& sparse) const {
      std::visit(*this, sparse.values);
      positions(sparse.indices);
    }
    void operator()(const Skip& /*skip*/) const {}
    void operator()(const LowRank& message) const {
      floats(static_cast<std::size_t>(values_in(message)));
      if (sizes.ranks_vary_) encoded[0] += bits_of_ranks(message.tensors.size());
    }
  } fill{*this, sent.encoded};
  std::visit(fill, message);
  return sent;
}

}  // namespace gradwire::algorithms
