#include "sim/learn/linear/largest_eigenvalue.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::learn {
namespace {

double norm(std::span<const double> v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

}  // namespace

double largest_eigenvalue(
    std::size_t n,
    const std::function<void(std::span<const double> v, std::span<double> out)>& product) {
  constexpr int most_steps = 20'000;
  constexpr double tolerance = 1e-14;  // of a step
  constexpr int calm_steps = 10;
  std::vector<double> v(n);
  RandomStream random = stream(1, stream_names::power_iteration);
  for (double& x : v) x = 1.0 + 0.1 * random.normal();
  std::vector<double> next(n);
  double eigenvalue = 0.0;
  for (int step = 0, calm = 0; step < most_steps && calm < calm_steps; ++step) {
    const double length = norm(v);
    if (length == 0) return 0.0;
    for (double& x : v) x /= length;
    product(v, next);
    const double estimate = std::inner_product(v.begin(), v.end(), next.begin(), 0.0);
    calm = std::abs(estimate - eigenvalue) <= tolerance * estimate ? calm + 1 : 0;
    eigenvalue = estimate;
    v.swap(next);
  }
  return eigenvalue;
}

}  // namespace gradwire::learn
