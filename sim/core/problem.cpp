#include "sim/core/problem.hpp"

#include "sim/core/kernels.hpp"

namespace gradwire {

void GradientOracle::write_scaled(float alpha, const Model& theta, std::span<float> out) {
  scale(alpha, at(theta), out);
}

void GradientOracle::accumulate(float alpha, const Model& theta, std::span<float> y) {
  add_scaled(alpha, at(theta), y);
}

}  // namespace gradwire
