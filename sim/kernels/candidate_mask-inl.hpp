// Marks of large entries (kernels/write_observer.hpp), computed from registers. Included by files
// that are compiled once per target; the include guard admits it once per target.

#if defined(GRADWIRE_KERNELS_CANDIDATE_MASK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADWIRE_KERNELS_CANDIDATE_MASK_INL
#undef GRADWIRE_KERNELS_CANDIDATE_MASK_INL
#else
#define GRADWIRE_KERNELS_CANDIDATE_MASK_INL
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

/// Bit i: lane i of a mask of at most 32 lanes.
template <class D, class Mask>
HWY_INLINE std::uint64_t bits_of(D d, Mask mask) {
  namespace hn = hwy::HWY_NAMESPACE;
  std::uint64_t bits = 0;  // StoreMaskBits may overwrite all bytes
  hn::StoreMaskBits(d, mask, reinterpret_cast<std::uint8_t*>(&bits));
  return bits & ((std::uint64_t{1} << hn::MaxLanes(d)) - 1);
}

/// Bit i: whether the magnitude of lane i, as an integer, is above `above`.   d: a tag of float
template <class D, class V>
HWY_INLINE std::uint64_t marks_of(D /*d*/, V v, std::int32_t above) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::RebindToSigned<D> d_int;
  const auto magnitude = hn::And(hn::BitCast(d_int, v), hn::Set(d_int, 0x7fffffff));
  return bits_of(d_int, hn::Gt(magnitude, hn::Set(d_int, above)));
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // once per target
