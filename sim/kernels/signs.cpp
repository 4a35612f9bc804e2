#include "sim/kernels/signs.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/kernels/signs.cpp"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "sim/kernels/candidate_mask-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Entries whose signs are processed together: a word of bits.
constexpr std::size_t together = 64;

/// Writes the signs of n <= `together` entries, in whole bytes.
HWY_INLINE void pack_some(const float* v, std::size_t n, std::uint8_t* bits) {
  const hn::CappedTag<float, 1> one;
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < n; ++i) {
    word |= bits_of(one, hn::Lt(hn::LoadU(one, v + i), hn::Zero(one))) << i;
  }
  std::memcpy(bits, &word, (n + 7) / 8);
}

void pack_signs_simd(const float* v, std::size_t n, std::uint8_t* bits) {
  const hn::ScalableTag<float> d;
  constexpr std::size_t lanes = hn::MaxLanes(hn::ScalableTag<float>());
  std::size_t i = 0;
  for (; i + together <= n; i += together) {
    std::uint64_t word = 0;
#pragma GCC unroll 16
    for (std::size_t j = 0; j < together; j += lanes) {
      word |= bits_of(d, hn::Lt(hn::LoadU(d, v + i + j), hn::Zero(d))) << j;
    }
    std::memcpy(bits + i / 8, &word, sizeof word);
  }
  if (i < n) pack_some(v + i, n - i, bits + i / 8);
}

void take_signs_simd(float* v, std::size_t n, std::uint8_t* bits) {
  const hn::ScalableTag<float> d;
  constexpr std::size_t lanes = hn::MaxLanes(hn::ScalableTag<float>());
  std::size_t i = 0;
  for (; i + together <= n; i += together) {
    std::uint64_t word = 0;
#pragma GCC unroll 16
    for (std::size_t j = 0; j < together; j += lanes) {
      const auto is_negative = hn::Lt(hn::LoadU(d, v + i + j), hn::Zero(d));
      word |= bits_of(d, is_negative) << j;
      hn::StoreU(hn::IfThenElse(is_negative, hn::Set(d, -1.0F), hn::Set(d, 1.0F)), d, v + i + j);
    }
    std::memcpy(bits + i / 8, &word, sizeof word);
  }
  if (i == n) return;
  pack_some(v + i, n - i, bits + i / 8);
  for (; i < n; ++i) v[i] = v[i] < 0 ? -1.0F : 1.0F;
}

/// y_i <- y_i + negative or positive by bit i of `word`, for as many entries as d has lanes.
template <class D>
HWY_INLINE void add_lanes(D d, std::uint64_t word, float positive, float negative, float* y) {
  const auto is_negative = hn::LoadMaskBits(d, reinterpret_cast<const std::uint8_t*>(&word));
  const auto term = hn::IfThenElse(is_negative, hn::Set(d, negative), hn::Set(d, positive));
  hn::StoreU(hn::Add(hn::LoadU(d, y), term), d, y);
}

void add_selected_simd(const std::uint8_t* bits, float positive, float negative, float* y,
                       std::size_t n) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  constexpr std::size_t lanes = hn::MaxLanes(hn::ScalableTag<float>());
  for (; n >= together; n -= together, bits += together / 8, y += together) {
    std::uint64_t word = 0;
    std::memcpy(&word, bits, sizeof word);
#pragma GCC unroll 16
    for (std::size_t j = 0; j < together; j += lanes)
      add_lanes(d, word >> j, positive, negative, y + j);
  }
  if (n == 0) return;  // bits may be null
  std::uint64_t word = 0;
  std::memcpy(&word, bits, (n + 7) / 8);
  for (std::size_t j = 0; j < n; ++j) add_lanes(one, word >> j, positive, negative, y + j);
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradwire {
namespace {

HWY_EXPORT(pack_signs_simd);
HWY_EXPORT(take_signs_simd);
HWY_EXPORT(add_selected_simd);

}  // namespace

void pack_signs(std::span<const float> v, std::span<std::uint8_t> bits) {
  assert(bits.size() == bytes_of_signs(v.size()));
  HWY_DYNAMIC_DISPATCH(pack_signs_simd)(v.data(), v.size(), bits.data());
}

void take_signs(std::span<float> v, std::span<std::uint8_t> bits) {
  assert(bits.size() == bytes_of_signs(v.size()));
  HWY_DYNAMIC_DISPATCH(take_signs_simd)(v.data(), v.size(), bits.data());
}

void add_selected(std::span<const std::uint8_t> bits, float positive, float negative,
                  std::span<float> y) {
  assert(bits.size() == bytes_of_signs(y.size()));
  HWY_DYNAMIC_DISPATCH(add_selected_simd)(bits.data(), positive, negative, y.data(), y.size());
}

void add_signed(std::span<const std::uint8_t> bits, float scale, std::span<float> y) {
  add_selected(bits, scale, -scale, y);
}

void subtract_signed(std::span<const std::uint8_t> bits, float scale, std::span<float> y) {
  add_signed(bits, -scale, y);  // the same roundings
}

}  // namespace gradwire
#endif  // HWY_ONCE
