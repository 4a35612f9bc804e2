#include "sim/algorithms/messages/quantized.hpp"

#include <algorithm>
#include <bit>

#include "sim/kernels/quantise.hpp"

namespace gradwire::algorithms {

void QuantizedBlocks::add_to(std::span<float> sum, std::size_t begin) {
  const std::size_t end = begin + sum.size();
  while (begin < end) {
    while (quantized_->ends[bucket_] <= begin) ++bucket_;
    const std::size_t count = std::min<std::size_t>(end, quantized_->ends[bucket_]) - begin;
    dequantise_add(std::span(quantized_->levels).subspan(begin, count), quantized_->scale(bucket_),
                   sum.first(count));
    sum = sum.subspan(count);
    begin += count;
  }
}

int fixed_width(int s, bool odd_levels) {
  return (odd_levels ? 0 : 1) + static_cast<int>(std::bit_width(static_cast<unsigned>(s)));
}

std::int64_t values_in(const Quantized& quantized) {
  return static_cast<std::int64_t>(quantized.levels.size());
}

Bits payload_bits(const Quantized& quantized) {
  return {32 * static_cast<std::int64_t>(quantized.scales.size()) +
          fixed_width(quantized.most_level, quantized.odd_levels) * values_in(quantized)};
}

Bytes stored_bytes(const Quantized& quantized) {
  return {static_cast<std::int64_t>(quantized.levels.size() * sizeof(std::int16_t) +
                                    quantized.scales.size() * sizeof(float) +
                                    quantized.ends.size() * sizeof(std::uint32_t))};
}

void subtract_from(const Quantized& quantized, std::span<float> v) {
  std::size_t begin = 0;
  for (std::size_t b = 0; b < quantized.ends.size(); ++b) {
    const std::size_t count = quantized.ends[b] - begin;
    dequantise_subtract(std::span(quantized.levels).subspan(begin, count), quantized.scale(b),
                        v.subspan(begin, count));
    begin += count;
  }
}

void add_to(const Quantized& quantized, std::span<float> v) {
  QuantizedBlocks(quantized).add_to(v, 0);
}

}  // namespace gradwire::algorithms
