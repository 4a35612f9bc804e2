#pragma once

#include <span>

namespace gradwire {

/// A vector and its factor in a sum.
struct Weighted {
  float weight = 0;
  std::span<const float> vector;  ///< [d]
};

/// out <- sum of weight times vector, in their order; each product and each sum rounded. Of at
/// least one vector; out may be the first.
void weighted_sum(std::span<const Weighted> vectors, std::span<float> out);

}  // namespace gradwire
