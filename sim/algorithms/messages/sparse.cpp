#include "sim/algorithms/messages/sparse.hpp"

#include <algorithm>

#include "sim/kernels/prefetch.hpp"

namespace gradwire::algorithms {

/// The entry count per block is unpredictable; branch on it once: if fewer than `overrun` are left,
/// the following ones are added as well, but past the block's end.
void SparseBlocks::add_to(std::span<float> sum, std::size_t begin) {
  float* const at = sum.data() - begin;
  const std::size_t end = begin + sum.size();
  const std::uint32_t* const index = sparse_->indices.data();
  const float* const value = sparse_->values.data();
  const std::size_t size = sparse_->indices.size();
  std::size_t i = next_;
  for (; i + overrun <= size && index[i + overrun - 1] < end; i += overrun) {
#pragma GCC unroll 4
    for (std::size_t j = i; j < i + overrun; ++j) at[index[j]] += value[j];
  }
  const std::size_t rest = std::min(overrun - 1, size - i);
  next_ = i;
#pragma GCC unroll 4
  for (std::size_t j = 0; j < rest; ++j) {
    const bool inside = index[i + j] < end;
    at[inside ? index[i + j] : end + j] += value[i + j];
    next_ += inside ? 1 : 0;
  }
  prefetch_next();
}

/// A contribution is read again only after all the others, which are more streams than the hardware
/// prefetcher follows.
[[gnu::always_inline]] inline void SparseBlocks::prefetch_next() const {
  constexpr std::size_t next_block = 112;  // entries, for a density of 0.01
  prefetch<CacheLevel::first>(sparse_->indices.data() + next_, next_block * sizeof(std::uint32_t));
  prefetch<CacheLevel::first>(sparse_->values.data() + next_, next_block * sizeof(float));
}

SparseBlocks::SparseBlocks(const Sparse& sparse) : sparse_(&sparse) { prefetch_next(); }

std::int64_t values_in(const Sparse& sparse) {
  return static_cast<std::int64_t>(sparse.values.size());
}

Bits payload_bits(const Sparse& sparse) { return {value_bits(sparse.format) * values_in(sparse)}; }

Bytes stored_bytes(const Sparse& sparse) {
  return {static_cast<std::int64_t>(sparse.values.size() * sizeof(float) +
                                    sparse.indices.size() * sizeof(std::uint32_t))};
}

void subtract_from(const Sparse& sparse, std::span<float> v) {
  for (std::size_t i = 0; i < sparse.indices.size(); ++i) v[sparse.indices[i]] -= sparse.values[i];
}

void add_to(const Sparse& sparse, std::span<float> v) {
  for (std::size_t i = 0; i < sparse.indices.size(); ++i) v[sparse.indices[i]] += sparse.values[i];
}

}  // namespace gradwire::algorithms
