#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/kernels/vector.hpp"
#include "tests/support/on_each_target.hpp"

namespace gradwire::testing_support {

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
inline constexpr float smallest = std::numeric_limits<float>::denorm_min();

/// Below, at and above every register width and block of lanes.
inline const std::vector<std::size_t> sizes{0,  1,  2,  3,  4,  5,  7,  8,  9,   15,  16,   17,  31,
                                            32, 33, 47, 48, 63, 64, 65, 95, 127, 129, 1000, 4097};

inline Vector normal_vector(std::size_t n, std::uint64_t seed) {
  RandomStream random = stream(seed, "kernels", n);
  Vector v(n);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

/// Special values that vector units may treat differently, few enough to cause ties.
inline Vector awkward_vector(std::size_t n, std::uint64_t seed) {
  const std::vector<float> values{0.0F,      -0.0F,     smallest, -smallest, 1e-39F, 1.0F,
                                  -1.0F,     1.0F,      1e-20F,   3e38F,     -3e38F, infinity,
                                  -infinity, nan_value, 0.1F,     1.0F / 3};
  RandomStream random = stream(seed, "awkward", n);
  Vector v(n);
  for (float& x : v) x = values[random.below(values.size())];
  return v;
}

/// Equal bits; all NaNs are equal.
inline bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}
inline bool same(const Vector& a, const Vector& b) {
  return std::ranges::equal(a, b, [](float x, float y) { return same(x, y); });
}

}  // namespace gradwire::testing_support
