#include "sim/learn/gradient_distance.hpp"

#include "sim/kernels/arithmetic.hpp"

namespace gradwire::learn {

double squared_distance_of_gradients(GradientOracle& oracle, const Model& a, const Model& b) {
  thread_local Vector at_b;  // large, hence reused between calls
  const auto view = oracle.at(b);
  at_b.assign(view.begin(), view.end());
  return squared_distance(oracle.at(a), at_b);
}

}  // namespace gradwire::learn
