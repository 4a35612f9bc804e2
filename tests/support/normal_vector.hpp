#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/core/random.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire {

/// Independent standard normal entries.   [d]
inline Vector normal_vector(std::size_t d, std::uint64_t seed) {
  RandomStream random = stream(seed, "normal vector");
  Vector v(d);
  for (float& x : v) x = static_cast<float>(random.normal());
  return v;
}

}  // namespace gradwire
