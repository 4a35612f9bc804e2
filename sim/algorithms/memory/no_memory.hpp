#pragma once

#include "sim/algorithms/memory/memory.hpp"

namespace gradwire::algorithms {

/// q = C(u); what C leaves out is dropped.
class NoMemory final : public Memory {
 public:
  Message send(Update& update, Compressor& compressor, const StepContext& step) override;
  Message send_next(int exchange, const Message& reduced, Compressor& compressor,
                    const StepContext& step) override;
  void rollback(const Message& /*lost*/) override {}
  void withdraw() override {}
  [[nodiscard]] std::unique_ptr<Memory> clone() const override;

 private:
  Vector update_;  ///< of the open iteration, if it has several exchanges
};

extern const MemoryKind no_memory_kind;

}  // namespace gradwire::algorithms
