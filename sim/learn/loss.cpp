#include "sim/learn/loss.hpp"

namespace gradwire::learn {

ScalarLoss logistic_loss(double z, double y) {
  const double margin = y * z;
  const double decay = std::exp(-std::abs(margin));  // at most 1
  const double value = std::log1p(decay) + std::max(-margin, 0.0);
  const double sigmoid = (margin >= 0 ? decay : 1.0) / (1.0 + decay);  // of -margin
  return {value, -y * sigmoid};
}

ScalarLoss squared_loss(double z, double y) { return {(z - y) * (z - y) / 2.0, z - y}; }

}  // namespace gradwire::learn
