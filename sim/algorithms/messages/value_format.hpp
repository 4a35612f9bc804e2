#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/core/choice_names.hpp"

namespace gradwire::algorithms {

/// The format of a message's values. A message holds them as floats, each of which the format can
/// represent.
enum class ValueFormat : std::uint8_t { float32, float16, bfloat16, power_of_two };

/// The formats to which values can be rounded, in the order of ValueFormat.
inline constexpr Choice value_choices[] = {
    {"float32", "as they are, 32 bits each"},
    {"float16", "rounded to IEEE 754 binary16, 16 bits each"},
    {"bfloat16", "rounded to the first 16 bits of a float"}};
static_assert(has_row_for_each(value_choices, ValueFormat::bfloat16));

/// "float16"; also of power_of_two, whose values only natural compression makes.
[[nodiscard]] std::string_view name_of(ValueFormat format);

/// Bits of one value. A power of two is its sign and 8 bits of exponent.
[[nodiscard]] constexpr int value_bits(ValueFormat format) {
  switch (format) {
    case ValueFormat::float32:
      return 32;
    case ValueFormat::float16:
    case ValueFormat::bfloat16:
      return 16;
    case ValueFormat::power_of_two:
      return 9;
  }
  return 0;
}

/// The value_bits() of a value that the format can represent. Throws std::invalid_argument for
/// another.
[[nodiscard]] std::uint32_t code_of(float value, ValueFormat format);
/// The inverse.
[[nodiscard]] float value_of(std::uint32_t code, ValueFormat format);

/// Rounds to the nearest value that the format, float16 or bfloat16, can represent
/// (kernels/rounding.hpp).
void round_values(ValueFormat format, std::span<const float> v, std::span<float> out);

}  // namespace gradwire::algorithms
