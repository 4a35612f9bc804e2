#include "sim/algorithms/messages/value_format.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "sim/algorithms/messages/packed_values.hpp"
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
inline std::uint32_t code_16(std::uint32_t magnitude) {
  if (magnitude >= infinity) return magnitude == infinity ? infinity_16 : infinity_16 | 0x200;
  if (magnitude < smallest_normal_16) {
    return static_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p24F);
  }
  return (magnitude >> dropped_16) - (exponent_shift << 10);
}

inline std::uint32_t magnitude_16(std::uint32_t code) {
  if (code >= infinity_16) return code == infinity_16 ? infinity : quiet_nan;
  if (code < 0x400) return std::bit_cast<std::uint32_t>(static_cast<float>(code) * 0x1p-24F);
  return (code + (exponent_shift << 10)) << dropped_16;
}

/// Other formats are the first bits of a float.
template <ValueFormat format>
constexpr unsigned cut_off = 32U - static_cast<unsigned>(value_bits(format));

/// The float's bits of a code.
template <ValueFormat format>
std::uint32_t decoded(std::uint32_t code) {
  if constexpr (format == ValueFormat::float16) {
    return code >> 15 << 31 | magnitude_16(code & 0x7fff);
  }
  return code << cut_off<format>;
}

/// The code of a float's bits; what the format cannot represent is cut off.
template <ValueFormat format>
std::uint32_t encoded(std::uint32_t bits) {
  if constexpr (format == ValueFormat::float16) {
    return bits >> 31 << 15 | (code_16(bits & 0x7fffffff) & 0x7fff);
  }
  return bits >> cut_off<format>;
}

/// Calls visit with the format as a constant.
template <class Visit>
auto with_format(ValueFormat format, const Visit& visit) {
  switch (format) {
    case ValueFormat::float32:
      return visit(std::integral_constant<ValueFormat, ValueFormat::float32>());
    case ValueFormat::float16:
      return visit(std::integral_constant<ValueFormat, ValueFormat::float16>());
    case ValueFormat::bfloat16:
      return visit(std::integral_constant<ValueFormat, ValueFormat::bfloat16>());
    case ValueFormat::power_of_two:
      return visit(std::integral_constant<ValueFormat, ValueFormat::power_of_two>());
  }
  throw std::logic_error("no such format of values");
}

[[noreturn]] void fail(ValueFormat format) {
  throw std::invalid_argument("a value that " + std::string(name_of(format)) + " cannot represent");
}

using Group = std::array<std::uint32_t, packed_together>;  ///< codes

/// Writes the lowest `width` bits of each code.
template <int width>
void put(const Group& codes, std::uint8_t* out) {
  if constexpr (width == 16) {
    std::array<std::uint16_t, packed_together> shorter;
    for (std::size_t j = 0; j < codes.size(); ++j)
      shorter[j] = static_cast<std::uint16_t>(codes[j]);
    std::memcpy(out, shorter.data(), sizeof shorter);
  } else if constexpr (width == 9) {
    std::uint64_t word = 0;
    for (std::size_t j = 0; j < codes.size(); ++j) word |= std::uint64_t{codes[j]} << (9 * j);
    std::memcpy(out, &word, sizeof word);
    out[8] = static_cast<std::uint8_t>(codes[7] >> 1);  // bit 0 is in the word
  } else {
    static_assert(width == 32);
    std::memcpy(out, codes.data(), sizeof codes);
  }
}

template <int width>
Group get(const std::uint8_t* bytes) {
  Group codes;
  if constexpr (width == 16) {
    std::array<std::uint16_t, packed_together> shorter;
    std::memcpy(shorter.data(), bytes, sizeof shorter);
    for (std::size_t j = 0; j < codes.size(); ++j) codes[j] = shorter[j];
  } else if constexpr (width == 9) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    for (std::size_t j = 0; j < codes.size(); ++j) {
      codes[j] = static_cast<std::uint32_t>(word >> (9 * j)) & 0x1ff;
    }
    codes[7] |= std::uint32_t{bytes[8]} << 1;
  } else {
    static_assert(width == 32);
    std::memcpy(codes.data(), bytes, sizeof codes);
  }
  return codes;
}

}  // namespace

std::string_view name_of(ValueFormat format) {
  return format == ValueFormat::power_of_two ? "power_of_two" : name_of(format, value_choices);
}

std::uint32_t code_of(float value, ValueFormat format) {
  return with_format(format, [value]<ValueFormat f>(std::integral_constant<ValueFormat, f>) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t code = encoded<f>(bits);
    if (decoded<f>(code) != bits) fail(f);
    return code;
  });
}

float value_of(std::uint32_t code, ValueFormat format) {
  return with_format(format, [code]<ValueFormat f>(std::integral_constant<ValueFormat, f>) {
    return std::bit_cast<float>(decoded<f>(code));
  });
}

void pack_values(std::span<const float> values, ValueFormat format,
                 std::vector<std::uint8_t>& bytes) {
  static_assert(std::endian::native == std::endian::little, "bytes go out as they lie in memory");
  assert(values.size() % packed_together == 0);
  with_format(format, [&]<ValueFormat f>(std::integral_constant<ValueFormat, f>) {
    constexpr int width = value_bits(f);
    const std::size_t begin = bytes.size();
    bytes.resize(begin + values.size() / packed_together * width);
    std::uint8_t* out = bytes.data() + begin;
    std::uint32_t lost = 0;
    for (std::size_t i = 0; i < values.size(); i += packed_together, out += width) {
      Group codes;
      for (std::size_t j = 0; j < codes.size(); ++j) {
        const auto bits = std::bit_cast<std::uint32_t>(values[i + j]);
        codes[j] = encoded<f>(bits);
        lost |= decoded<f>(codes[j]) ^ bits;
      }
      put<width>(codes, out);
    }
    if (lost != 0) fail(f);
  });
}

void unpack_values(std::span<const std::uint8_t> bytes, ValueFormat format,
                   std::span<float> values) {
  assert(values.size() % packed_together == 0);
  with_format(format, [&]<ValueFormat f>(std::integral_constant<ValueFormat, f>) {
    constexpr int width = value_bits(f);
    const std::uint8_t* in = bytes.data();
    for (std::size_t i = 0; i < values.size(); i += packed_together, in += width) {
      const Group codes = get<width>(in);
      for (std::size_t j = 0; j < codes.size(); ++j) {
        values[i + j] = std::bit_cast<float>(decoded<f>(codes[j]));
      }
    }
  });
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
