#include "sim/kernels/random_bits.hpp"

#include <cstddef>

#include "sim/kernels/splitmix64.hpp"

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/random_bits.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "sim/kernels/random_bits-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void random_bits_simd(const RandomKey& key, std::uint32_t first, std::uint32_t* out,
                      std::size_t n) {
  const hn::ScalableTag<std::uint32_t> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    hn::StoreU(random_bits_from(d, key, first + static_cast<std::uint32_t>(i)), d, out + i);
  }
  for (; i < n; ++i) out[i] = random_bits(key, first + static_cast<std::uint32_t>(i));
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(random_bits_simd);

}  // namespace

RandomKey random_key(std::uint64_t hash) {
  const std::uint64_t first = splitmix64(hash);
  const std::uint64_t second = splitmix64(hash);
  return {{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first >> 32U),
           static_cast<std::uint32_t>(second)}};
}

void random_bits(const RandomKey& key, std::uint32_t first, std::span<std::uint32_t> out) {
  HWY_DYNAMIC_DISPATCH(random_bits_simd)(key, first, out.data(), out.size());
}

}  // namespace gradwire
#endif  // HWY_ONCE
