#include "sim/algorithms/compressors/one_bit.hpp"

#include <cstdint>
#include <utility>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/signs.hpp"

namespace gradwire::algorithms {
namespace {

float mean(double sum, std::size_t count) {
  return count == 0 ? 0.0F : static_cast<float>(sum / static_cast<double>(count));
}

}  // namespace

Message OneBit::compress(std::span<const float> v, const StepContext& /*step*/) {
  Signs signs{.ends = ends_of(columns_), .scales = {}, .negative_values = {}, .negative = {}};
  signs.scales.reserve(columns_.size());
  signs.negative_values.reserve(columns_.size());
  std::size_t bytes = 0;
  for (const Block& column : columns_) bytes += bytes_of_signs(column.size);
  signs.negative.resize(bytes);
  std::span<std::uint8_t> left = signs.negative;
  for (const Block& column : columns_) {
    const auto entries = v.subspan(column.offset, column.size);
    const auto bits = left.first(bytes_of_signs(column.size));
    pack_signs(entries, bits);
    const SumsBySign sums = sums_by_sign(entries);
    signs.scales.push_back(mean(sums.others, column.size - sums.negatives));
    signs.negative_values.push_back(mean(sums.negative, sums.negatives));
    left = left.subspan(bits.size());
  }
  return signs;
}

std::unique_ptr<Compressor> OneBit::clone() const { return std::make_unique<OneBit>(*this); }

std::vector<Block> columns_of(const Layout& layout) {
  std::vector<Block> columns;
  for (const TensorSlot& tensor : layout.tensors()) {
    if (tensor.size == 0) continue;
    const bool is_matrix = tensor.shape.size() >= 2;
    const std::size_t count = is_matrix ? static_cast<std::size_t>(tensor.shape.front()) : 1;
    const std::size_t size = tensor.size / count;
    for (std::size_t c = 0; c < count; ++c) {
      columns.push_back({.offset = tensor.offset + c * size, .size = size, .kept = size});
    }
  }
  return columns;
}

constinit const CompressorKind one_bit_kind{
    .name = "one_bit",
    .summary = "one bit per entry, and two means per column of a weight matrix",
    .source =
        "Seide et al., Interspeech 2014; bits and two floats per column: Alistarh et al., "
        "arXiv 1610.02132",
    .parameters = {},
    .cost = {1e-9, 1.3e-9, 1.7e-9},
    .shape =
        [](const AlgorithmConfig& /*config*/, const Layout& layout) {
          return MessageShape{.representation = Representation::signs,
                              .blocks = columns_of(layout),
                              .floats_per_bucket = 2};
        },
    .make = [](const AlgorithmConfig& /*config*/, const Layout& layout)
        -> std::unique_ptr<Compressor> { return std::make_unique<OneBit>(columns_of(layout)); },
    .refuses_error_memory = accepts_error_memory};

}  // namespace gradwire::algorithms
