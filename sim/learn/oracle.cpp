#include "sim/learn/oracle.hpp"

#include "sim/core/kernels.hpp"

namespace gradwire::learn {

double squared_distance_of_gradients(GradientOracle& oracle, const Model& a, const Model& b) {
  thread_local Vector at_b;  // large, so kept
  const auto view = oracle.at(b);
  at_b.assign(view.begin(), view.end());
  return squared_distance(oracle.at(a), at_b);
}

}  // namespace gradwire::learn
