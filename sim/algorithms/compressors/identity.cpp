#include "sim/algorithms/compressors/identity.hpp"

namespace gradwire::algorithms {

Message Identity::compress(std::span<const float> v, const StepContext& /*step*/) {
  return Dense{Vector(v.begin(), v.end())};
}

Message Identity::compress(Update& update, const StepContext& /*step*/) {
  Dense dense{Vector(update.size())};
  update.write_to(dense.values);
  return dense;
}

std::unique_ptr<Compressor> Identity::clone() const { return std::make_unique<Identity>(*this); }

constinit const CompressorKind identity_kind{
    .name = "identity",
    .summary = "all values",
    .source = "",
    .parameters = {},
    .cost = {0, 0, 4e-10},
    .shape = [](const AlgorithmConfig&, const Layout&) { return MessageShape{}; },
    .make = [](const AlgorithmConfig&, const Layout&) -> std::unique_ptr<Compressor> {
      return std::make_unique<Identity>();
    },
    .refuses_error_memory =
        [](const AlgorithmConfig&) {
          return std::string("identity leaves nothing out that a memory could keep");
        },
    .is_identity = true};

}  // namespace gradwire::algorithms
