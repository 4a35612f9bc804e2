#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradwire::learn {

/// Extents of an array or of a sample: {3, 28, 28}.
using Shape = std::vector<std::int64_t>;

/// Product of the extents.
[[nodiscard]] std::int64_t numbers_of(const Shape& shape);

/// A shape in an error: "3 x 28 x 28"; "()" without dimensions.
[[nodiscard]] std::string shown(const Shape& shape);

}  // namespace gradwire::learn
