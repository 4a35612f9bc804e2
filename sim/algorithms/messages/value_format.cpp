#include "sim/algorithms/messages/value_format.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

#include "sim/kernels/rounding.hpp"

namespace gradwire::algorithms {
namespace {

constexpr std::uint32_t infinity = 0x7f800000;  // as bits of a float
constexpr std::uint32_t quiet_nan = 0x7fc00000;
constexpr int mantissa_bits = 23;

constexpr std::uint32_t infinity_16 = 0x7c00;  // as bits of a binary16
constexpr int dropped_16 = mantissa_bits - 10;
constexpr std::uint32_t exponent_shift = 127 - 15;
constexpr std::uint32_t smallest_normal_16 = (exponent_shift + 1) << mantissa_bits;  // 2^-14

/// Of a magnitude, as bits of a float, that is a binary16.
std::uint32_t code_16(std::uint32_t magnitude) {
  if (magnitude > infinity) return infinity_16 | 0x200;
  if (magnitude == infinity) return infinity_16;
  if (magnitude < smallest_normal_16) {
    return static_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p24F);
  }
  return (magnitude >> dropped_16) - (exponent_shift << 10);
}

std::uint32_t magnitude_16(std::uint32_t code) {
  if (code > infinity_16) return quiet_nan;
  if (code == infinity_16) return infinity;
  if (code < 0x400) return std::bit_cast<std::uint32_t>(static_cast<float>(code) * 0x1p-24F);
  return (code + (exponent_shift << 10)) << dropped_16;
}

/// The code of a magnitude, and the magnitude of a code, given as bits of a float.
std::uint32_t magnitude_code(std::uint32_t magnitude, ValueFormat format) {
  switch (format) {
    case ValueFormat::float32:
      return magnitude;
    case ValueFormat::float16:
      return code_16(magnitude) & 0x7fff;
    case ValueFormat::bfloat16:
      return magnitude >> 16;
    case ValueFormat::power_of_two:
      return magnitude >> mantissa_bits;
  }
  throw std::logic_error("no such format of values");
}

std::uint32_t magnitude_of_code(std::uint32_t code, ValueFormat format) {
  switch (format) {
    case ValueFormat::float32:
      return code;
    case ValueFormat::float16:
      return magnitude_16(code);
    case ValueFormat::bfloat16:
      return code << 16;
    case ValueFormat::power_of_two:
      return code << mantissa_bits;
  }
  throw std::logic_error("no such format of values");
}

}  // namespace

std::string_view name_of(ValueFormat format) {
  return format == ValueFormat::power_of_two ? "power_of_two" : name_of(format, value_choices);
}

std::uint32_t code_of(float value, ValueFormat format) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const int sign_at = value_bits(format) - 1;
  const std::uint32_t code =
      magnitude_code(bits & 0x7fffffff, format) | (bits >> 31) << static_cast<unsigned>(sign_at);
  if (std::bit_cast<std::uint32_t>(value_of(code, format)) != bits) {
    throw std::invalid_argument("a value that " + std::string(name_of(format)) +
                                " cannot represent");
  }
  return code;
}

float value_of(std::uint32_t code, ValueFormat format) {
  const auto sign_at = static_cast<unsigned>(value_bits(format) - 1);
  const std::uint32_t sign = code >> sign_at;
  const std::uint32_t magnitude = magnitude_of_code(code ^ sign << sign_at, format);
  return std::bit_cast<float>(sign << 31 | magnitude);
}

void round_values(ValueFormat format, std::span<const float> v, std::span<float> out) {
  switch (format) {
    case ValueFormat::float16:
      return round_to_float16(v, out);
    case ValueFormat::bfloat16:
      return round_to_bfloat16(v, out);
    case ValueFormat::float32:
    case ValueFormat::power_of_two:
      break;
  }
  throw std::logic_error("a format to which nothing is rounded: " + std::string(name_of(format)));
}

}  // namespace gradwire::algorithms
