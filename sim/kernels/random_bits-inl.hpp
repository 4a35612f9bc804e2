// random_bits() in registers. Included by files that are compiled once per target; the include
// guard admits it once per target.

#if defined(GRADWIRE_KERNELS_RANDOM_BITS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADWIRE_KERNELS_RANDOM_BITS_INL
#undef GRADWIRE_KERNELS_RANDOM_BITS_INL
#else
#define GRADWIRE_KERNELS_RANDOM_BITS_INL
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "sim/kernels/random_bits.hpp"

HWY_BEFORE_NAMESPACE();
namespace gradwire::HWY_NAMESPACE {
namespace {

/// One round of the hash.   d: a tag of uint32
template <int round, class D, class V>
HWY_INLINE V random_round(D d, const RandomKey& key, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  x = hn::Add(x, hn::Set(d, key.words[round]));
  x = hn::Xor(x, hn::ShiftRight<RandomRounds::shifts[round]>(x));
  return hn::Mul(x, hn::Set(d, RandomRounds::factors[round]));
}

/// The draws of the counters `first` + lane.   d: a tag of uint32
template <class D>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> random_bits_from(D d, const RandomKey& key,
                                                       std::uint32_t first) {
  namespace hn = hwy::HWY_NAMESPACE;
  auto x = hn::Iota(d, first);
  x = random_round<0>(d, key, x);
  x = random_round<1>(d, key, x);
  x = random_round<2>(d, key, x);
  return hn::Xor(x, hn::ShiftRight<RandomRounds::last_shift>(x));
}

}  // namespace
}  // namespace gradwire::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // once per target
