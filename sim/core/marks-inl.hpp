// Marks of large entries (core/watcher.hpp) from registers. For files that are compiled once a
// target, so without the usual guard: once for each.

#if defined(GRADWIRE_CORE_MARKS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADWIRE_CORE_MARKS_INL
#undef GRADWIRE_CORE_MARKS_INL
#else
#define GRADWIRE_CORE_MARKS_INL
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

/// Bit i: lane i of a mask, of at most 32 lanes.
template <class D, class Mask>
HWY_INLINE std::uint64_t bits_of(D d, Mask mask) {
  namespace hn = hwy::HWY_NAMESPACE;
  std::uint64_t bits = 0;  // StoreMaskBits may scribble over all of it
  hn::StoreMaskBits(d, mask, reinterpret_cast<std::uint8_t*>(&bits));
  return bits & ((std::uint64_t{1} << hn::MaxLanes(d)) - 1);
}

/// Bit i: whether the magnitude of lane i, as an integer, is above `above`.   d: of float
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

#endif  // once a target
