#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/core/layout.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::learn {

/// An array of a file, in C order.
struct NamedArray {
  std::vector<std::int64_t> shape;
  Vector values;  ///< [product of shape]
};

/// The model whose tensors are the arrays of the same names, [d]. Throws InputError at `where`
/// unless there is one array of the right shape for each tensor, and no other.
[[nodiscard]] Vector parameters_from(const std::map<std::string, NamedArray>& arrays,
                                     const Layout& layout, const std::string& where);

}  // namespace gradwire::learn
