#include "sim/algorithms/messages/message.hpp"

#include <cstddef>

namespace gradwire::algorithms {
namespace {

std::size_t values_in(const Dense& dense) { return dense.values.size(); }
std::size_t values_in(const Sparse& sparse) { return sparse.values.size(); }
std::size_t values_in(const Skip& /*skip*/) { return 0; }
std::size_t values_in(const Unwritten& update) { return update.theta->size(); }

}  // namespace

std::int64_t values_sent(const Message& message) {
  return static_cast<std::int64_t>(std::visit([](const auto& m) { return values_in(m); }, message));
}

Bits payload_bits(const Message& message) { return {32 * values_sent(message)}; }

}  // namespace gradwire::algorithms
