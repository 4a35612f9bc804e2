#include "sim/algorithms/messages/dense.hpp"

#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

void DenseBlocks::add_to(std::span<float> sum, std::size_t begin) {
  add_scaled(1.0F, values_.subspan(begin, sum.size()), sum);
}

std::int64_t values_in(const Dense& dense) {
  return static_cast<std::int64_t>(dense.values.size());
}

Bits payload_bits(const Dense& dense) { return {value_bits(dense.format) * values_in(dense)}; }

Bytes stored_bytes(const Dense& dense) {
  return {static_cast<std::int64_t>(dense.values.size() * sizeof(float))};
}

void subtract_from(const Dense& dense, std::span<float> v) { subtract(dense.values, v); }

void add_to(const Dense& dense, std::span<float> v) { add_scaled(1.0F, dense.values, v); }

}  // namespace gradwire::algorithms
