#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gradwire::testing_support {

/// Whether entry i is marked (kernels/write_observer.hpp).
inline bool is_marked(const std::vector<std::uint8_t>& bytes, std::size_t i) {
  return (bytes[i / 8] >> (i % 8) & 1) != 0;
}

}  // namespace gradwire::testing_support
