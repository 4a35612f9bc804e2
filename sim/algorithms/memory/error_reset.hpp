#pragma once

#include "sim/algorithms/memory/error_feedback.hpp"

namespace gradwire::algorithms {

/// Error reset: what the compressor leaves out stays in the worker's own model, from which its next
/// local steps begin (the models differ between workers):
///   x <- theta - e, local steps,  p = theta - x,  q = C(p),  e <- p - q
/// The mean of theta - e over the workers is not changed by an exchange whose mean the server
/// subtracts. CSER without its second compressor (C_2 = 0), which synchronises gradients in every
/// step. e, x: [d]; e is 0 at the start.
class ErrorReset final : public ErrorFeedback {
 public:
  using ErrorFeedback::ErrorFeedback;

  /// theta - e.
  [[nodiscard]] Vector local_start(const Model& theta) const override;
  /// `update` is p: it has e in it, through its start.
  Message send(Update& update, Compressor& compressor, const StepContext& step) override;
  [[nodiscard]] std::unique_ptr<Memory> clone() const override;
};

extern const MemoryKind error_reset_kind;

}  // namespace gradwire::algorithms
