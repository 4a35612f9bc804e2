#include "sim/learn/regulariser.hpp"

namespace gradwire::learn {

double Regulariser::value(std::span<const float> theta) const {
  double squares = 0.0;
  double bounded = 0.0;
  for (const float entry : theta) {
    const double square = static_cast<double>(entry) * entry;
    squares += square;
    bounded += square / (1 + square);
  }
  return l2 / 2 * squares + nonconvex * bounded;
}

}  // namespace gradwire::learn
