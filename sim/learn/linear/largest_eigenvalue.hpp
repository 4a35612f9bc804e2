#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace gradwire::learn {

/// The largest eigenvalue of a symmetric, positive semidefinite matrix [n, n], given by its product
/// out <- A v, to a relative error of about 1e-12. By power iteration from a fixed start.
[[nodiscard]] double largest_eigenvalue(
    std::size_t n,
    const std::function<void(std::span<const double> v, std::span<double> out)>& product);

}  // namespace gradwire::learn
