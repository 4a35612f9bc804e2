#include "sim/algorithms/memory/error_reset.hpp"

#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

Vector ErrorReset::local_start(const Model& theta) const {
  Vector x = theta->plain();
  subtract(error(), x);
  return x;
}

Message ErrorReset::send(Update& update, Compressor& compressor, const StepContext& step) {
  update.write_to(begin_send());  // p
  return send_held(compressor, step);
}

std::unique_ptr<Memory> ErrorReset::clone() const { return std::make_unique<ErrorReset>(*this); }

constinit const MemoryKind error_reset_kind{
    .name = "error_reset",
    .summary = "what the compressor leaves out stays in the worker's own model",
    .source = "Xie et al., arXiv 2007.13221, without the second compressor",
    .parameters = {},
    .make = [](const AlgorithmConfig&, const Layout& layout, int) -> std::unique_ptr<Memory> {
      return std::make_unique<ErrorReset>(layout.size());
    },
    .gamma_is_inside = [](const AlgorithmConfig&) { return true; },
    .holds_errors = true,
    .moves_start = true};

}  // namespace gradwire::algorithms
