#include "sim/algorithms/compressors/half.hpp"

namespace gradwire::algorithms {
namespace {

enum class Choices { float16, bfloat16 };

constexpr Choice format_choices[] = {{"float16", "IEEE 754 binary16: 11 digits, up to 65504"},
                                     {"bfloat16", "8 digits, with the range of a float"}};
static_assert(has_row_for_each(format_choices, Choices::bfloat16));
constexpr ChoiceParameter values_parameter{.key = "values",
                                           .help = "the format to which values are rounded",
                                           .choices = format_choices,
                                           .default_value = "float16"};
constexpr Parameter half_parameters[] = {&values_parameter};

ValueFormat format_of(const AlgorithmConfig& config) {
  return config.choice<Choices>(values_parameter) == Choices::float16 ? ValueFormat::float16
                                                                      : ValueFormat::bfloat16;
}

}  // namespace

Message Half::compress(std::span<const float> v, const StepContext& /*step*/) {
  Dense rounded{Vector(v.size()), format_};
  round_values(format_, v, rounded.values);
  return rounded;
}

Message Half::compress(Update& update, const StepContext& /*step*/) {
  Dense rounded{Vector(update.size()), format_};
  update.write_to(rounded.values);
  round_values(format_, rounded.values, rounded.values);
  return rounded;
}

std::unique_ptr<Compressor> Half::clone() const { return std::make_unique<Half>(*this); }

constinit const CompressorKind half_kind{
    .name = "half",
    .summary = "all values, rounded to 16 bits each",
    .source = "",
    .parameters = half_parameters,
    .cost = {4e-10, 1.3e-8, 5e-9},
    .shape =
        [](const AlgorithmConfig& config, const Layout&) {
          return MessageShape{.representation = Representation::dense, .values = format_of(config)};
        },
    .make = [](const AlgorithmConfig& config, const Layout&) -> std::unique_ptr<Compressor> {
      return std::make_unique<Half>(format_of(config));
    },
    .refuses_error_memory = accepts_error_memory};

}  // namespace gradwire::algorithms
