#include "sim/algorithms/message.hpp"

#include <cstddef>

namespace gradwire::algorithms {
namespace {

std::size_t values_in(const Dense& dense) { return dense.values.size(); }
std::size_t values_in(const Sparse& sparse) { return sparse.values.size(); }
std::size_t values_in(const Skip& /*skip*/) { return 0; }

}  // namespace

Bits payload_bits(const Message& message) {
  const std::size_t values = std::visit([](const auto& m) { return values_in(m); }, message);
  return {32 * static_cast<std::int64_t>(values)};
}

}  // namespace gradwire::algorithms
