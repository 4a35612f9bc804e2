#include "sim/algorithms/wire/wire_sizes.hpp"

#include <string>

#include "sim/algorithms/wire/level_code.hpp"

namespace gradwire::algorithms {
namespace {

constexpr std::int64_t float_bits = value_bits(ValueFormat::float32);

/// Position of the first encoding of positions or levels: after that of the values.
constexpr std::size_t first_coding = 1;

}  // namespace

WireSizes::WireSizes(const Layout& layout, const MessageShape& shape)
    : names_(encoding_names(shape)) {
  if (shape.representation != Representation::sparse) return;
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
    void values(std::size_t count, ValueFormat format = ValueFormat::float32) const {
      encoded[0] = {value_bits(format) * static_cast<std::int64_t>(count)};
    }
    void operator()(const Dense& dense) const { values(dense.values.size(), dense.format); }
    void operator()(const Sparse& sparse) const {
      values(sparse.values.size(), sparse.format);
      for (std::size_t i = 0; i < sizes.formats_.size(); ++i) {
        encoded[first_coding + i] = sizes.formats_[i].index_size(sparse);
      }
    }
    void operator()(const Quantized& quantized) const {
      values(quantized.scales.size());
      for (const LevelCoding coding : {LevelCoding::fixed, LevelCoding::elias}) {
        encoded[first_coding + static_cast<std::size_t>(coding)] = {level_bits(quantized, coding)};
      }
    }
    void operator()(const Signs& signs) const {  // one bit per entry under every coding of levels
      values(signs.scales.size());
      for (std::size_t i = first_coding; i < sizes.names_.size(); ++i) {
        encoded[i] = {values_in(signs)};
      }
    }
    void operator()(const Skip& /*skip*/) const {}
  } fill{*this, sent.encoded};
  std::visit(fill, message);
  return sent;
}

}  // namespace gradwire::algorithms
