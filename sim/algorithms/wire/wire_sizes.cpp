#include "sim/algorithms/wire/wire_sizes.hpp"

#include <iterator>
#include <string>

#include "sim/algorithms/messages/slice.hpp"
#include "sim/algorithms/wire/entropy.hpp"
#include "sim/algorithms/wire/level_code.hpp"
#include "sim/algorithms/wire/level_counts.hpp"
#include "sim/algorithms/wire/vector_source_code.hpp"

namespace gradwire::algorithms {
namespace {

constexpr std::int64_t float_bits = value_bits(ValueFormat::float32);

/// Position of the first encoding of positions or levels: after that of the values.
constexpr std::size_t first_coding = 1;

}  // namespace

WireSizes::WireSizes(const Layout& layout, const MessageShape& shape, int server_shards)
    : names_(encoding_names(shape)), ranks_vary_(shape.ranks_vary) {
  if (server_shards > 1 && shape.representation != Representation::dense) {
    stretches_ = stretches_of(layout.size(), server_shards);
  }
  const bool has_positions = shape.representation == Representation::sparse ||
                             shape.representation == Representation::coded_sparse;
  if (!has_positions) return;
  for (const IndexCoding coding : index_codings(shape)) {
    formats_.emplace_back(WireConfig{.index = coding}, layout, shape);
    index_codings_.push_back(coding);
  }
  for (const Stretch& stretch : stretches_) slices_.emplace_back(layout, shape, stretch);
  entropy_of_positions_ = {entropy_of_positions(shape.blocks)};
}

Transmission WireSizes::of_dense(std::int64_t values) {
  return {.representation = Representation::dense,
          .values = values,
          .payload = {float_bits * values},
          .encoded = {Bits{float_bits * values}}};
}

Transmission WireSizes::of(const Message& message) const { return of(message, nullptr); }

std::vector<Transmission> WireSizes::of_slices(const Message& message) const {
  std::vector<Transmission> slices;
  slices.reserve(stretches_.size());
  for (std::size_t s = 0; s < stretches_.size(); ++s) {
    slices.push_back(of(slice(message, stretches_[s]), slices_.empty() ? nullptr : &slices_[s]));
  }
  return slices;
}

Transmission WireSizes::of(const Message& message, const SlicePositions* slice) const {
  Transmission sent{.representation = representation_of(message),
                    .values = values_sent(message),
                    .payload = payload_bits(message),
                    .encoded = {}};
  struct {
    const WireSizes& sizes;
    const SlicePositions* slice;
    EncodedSizes& encoded;
    void values(std::size_t count, ValueFormat format = ValueFormat::float32) const {
      encoded[0] = {value_bits(format) * static_cast<std::int64_t>(count)};
    }
    void operator()(const Dense& dense) const { values(dense.values.size(), dense.format); }
    void positions(std::span<const std::uint32_t> indices) const {
      for (std::size_t i = 0; i < sizes.formats_.size(); ++i) {
        encoded[first_coding + i] = slice ? Bits{slice->bits(sizes.index_codings_[i], indices)}
                                          : sizes.formats_[i].index_size(indices);
      }
      encoded[first_coding + sizes.formats_.size()] =
          slice ? Bits{slice->entropy(indices)} : sizes.entropy_of_positions_;
    }
    /// First coding of levels: after those of the positions and their entropy, if there are any.
    [[nodiscard]] std::size_t first_level() const {
      return first_coding + (sizes.formats_.empty() ? 0 : sizes.formats_.size() + 1);
    }
    void entropy(std::int64_t bits) const {
      encoded[first_level() + std::size(level_choices)] = {bits};
    }
    void operator()(const Sparse& sparse) const {
      values(sparse.values.size(), sparse.format);
      positions(sparse.indices);
    }
    void operator()(const Quantized& quantized) const {
      values(quantized.scales.size());
      const auto levels = [this](LevelCoding coding, std::int64_t bits) {
        encoded[first_level() + static_cast<std::size_t>(coding)] = {bits};
      };
      for (const LevelCoding coding : {LevelCoding::fixed, LevelCoding::elias}) {
        levels(coding, level_bits(quantized, coding));
      }
      const auto counts = level_counts(quantized.levels, quantized.most_level);
      levels(LevelCoding::vsc,
             vector_source_bits({.s = quantized.most_level, .odd = quantized.odd_levels},
                                quantized.levels, counts));
      entropy(entropy_of_levels(counts));
    }
    void operator()(const Signs& signs) const {  // one bit per entry under every coding of levels
      values(signs.floats());
      for (std::size_t i = 0; i < std::size(level_choices); ++i) {
        encoded[first_level() + i] = {values_in(signs)};
      }
      entropy(entropy_of_signs(signs));
    }
    void operator()(const CodedSparse& sparse) const {
      std::visit(*this, sparse.values);
      positions(sparse.indices);
    }
    void operator()(const Skip& /*skip*/) const {}
    void operator()(const LowRank& message) const {
      values(static_cast<std::size_t>(values_in(message)));
      if (sizes.ranks_vary_) encoded[0] += bits_of_ranks(message.tensors.size());
    }
  } fill{*this, slice, sent.encoded};
  std::visit(fill, message);
  return sent;
}

}  // namespace gradwire::algorithms
