#include "sim/algorithms/memory/no_memory.hpp"

namespace gradwire::algorithms {

Message NoMemory::send(Update& update, Compressor& compressor, const StepContext& step) {
  if (compressor.exchanges() == 1) return compressor.compress(update, step);
  update_.resize(update.size());
  update.write_to(update_);
  return compressor.compress(update_, step);
}

Message NoMemory::send_next(int exchange, const Message& reduced, Compressor& compressor,
                            const StepContext& step) {
  return compressor.compress_next(exchange, reduced, update_, step);
}

std::unique_ptr<Memory> NoMemory::clone() const { return std::make_unique<NoMemory>(*this); }

constinit const MemoryKind no_memory_kind{
    .name = "none",
    .summary = "what the compressor leaves out is dropped",
    .source = "",
    .parameters = {},
    .make = [](const AlgorithmConfig&, const Layout&, int) -> std::unique_ptr<Memory> {
      return std::make_unique<NoMemory>();
    },
    .gamma_is_inside = [](const AlgorithmConfig&) { return true; }};

}  // namespace gradwire::algorithms
