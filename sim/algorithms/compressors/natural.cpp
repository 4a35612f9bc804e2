#include "sim/algorithms/compressors/natural.hpp"

#include "sim/kernels/rounding.hpp"

namespace gradwire::algorithms {

Message Natural::compress(std::span<const float> v, const StepContext& step) {
  Dense powers{Vector(v.size()), ValueFormat::power_of_two};
  round_to_powers_of_two(v, step.random, 0, powers.values);
  return powers;
}

Message Natural::compress(Update& update, const StepContext& step) {
  Dense powers{Vector(update.size()), ValueFormat::power_of_two};
  update.write_to(powers.values);
  round_to_powers_of_two(powers.values, step.random, 0, powers.values);
  return powers;
}

std::unique_ptr<Compressor> Natural::clone() const { return std::make_unique<Natural>(*this); }

constinit const CompressorKind natural_kind{
    .name = "natural",
    .summary = "values rounded at random to powers of two: 9 bits each",
    .source = "Horvath et al., arXiv 1905.10988, Definition 1",
    .parameters = {},
    .cost = {8e-10, 2e-9, 6e-9},
    .shape =
        [](const AlgorithmConfig&, const Layout&) {
          return MessageShape{.representation = Representation::dense,
                              .values = ValueFormat::power_of_two};
        },
    .make = [](const AlgorithmConfig&, const Layout&) -> std::unique_ptr<Compressor> {
      return std::make_unique<Natural>();
    },
    .refuses_error_memory = accepts_error_memory};

}  // namespace gradwire::algorithms
