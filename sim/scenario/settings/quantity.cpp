#include "sim/scenario/settings/quantity.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "sim/core/did_you_mean.hpp"

namespace gradwire::scenario {

namespace {

/// A unit is 10^decimal times `factor` base units; `factor` is exact in binary.
struct Unit {
  std::string_view name;
  int decimal;
  double factor;
  bool canonical;  ///< used by format_quantity()
};

constexpr double eighth = 0.125;  // bytes per bit
constexpr double ki = 1024.0;
constexpr double mi = ki * ki;
constexpr double gi = ki * mi;
constexpr double ti = ki * gi;

// In ascending order where canonical. Names as in SimGrid.
constexpr Unit bandwidth_units[] = {
    {"bps", 0, eighth, true},        {"kbps", 3, eighth, true},
    {"Mbps", 6, eighth, true},       {"Gbps", 9, eighth, true},
    {"Tbps", 12, eighth, true},      {"Kibps", 0, ki* eighth, false},
    {"Mibps", 0, mi* eighth, false}, {"Gibps", 0, gi* eighth, false},
    {"Tibps", 0, ti* eighth, false}, {"Bps", 0, 1, false},
    {"kBps", 3, 1, false},           {"MBps", 6, 1, false},
    {"GBps", 9, 1, false},           {"TBps", 12, 1, false},
    {"KiBps", 0, ki, false},         {"MiBps", 0, mi, false},
    {"GiBps", 0, gi, false},         {"TiBps", 0, ti, false}};
constexpr Unit time_units[] = {
    {"ps", -12, 1, true},  {"ns", -9, 1, true},    {"us", -6, 1, true},
    {"ms", -3, 1, true},   {"s", 0, 1, true},      {"m", 0, 60, false},
    {"h", 0, 3600, false}, {"d", 0, 86400, false}, {"w", 0, 604800, false}};
constexpr Unit speed_units[] = {{"f", 0, 1, true},
                                {"kf", 3, 1, true},
                                {"Mf", 6, 1, true},
                                {"Gf", 9, 1, true},
                                {"Tf", 12, 1, true}};

std::span<const Unit> units_of(Kind kind) {
  if (kind == Kind::bandwidth) return bandwidth_units;
  if (kind == Kind::time) return time_units;
  return speed_units;
}

std::vector<std::string> names_of(std::span<const Unit> units) {
  std::vector<std::string> names;
  for (const Unit& unit : units) names.emplace_back(unit.name);
  return names;
}

/// Length of the number at the start of `text`, in JSON syntax without sign or exponent; 0 if there
/// is none.
std::size_t number_length(std::string_view text) {
  const auto digits_from = [&](std::size_t i) {
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i;
  };
  const std::size_t whole = digits_from(0);
  if (whole == 0 || whole == text.size() || text[whole] != '.') return whole;
  const std::size_t end = digits_from(whole + 1);
  return end == whole + 1 ? 0 : end;
}

std::string without_blanks(std::string_view text) {
  std::string result(text);
  std::erase_if(result, [](char c) { return c == ' ' || c == '\t'; });
  return result;
}

std::string example_of(Kind kind) {
  if (kind == Kind::bandwidth) return "a bandwidth such as \"1Gbps\", or bytes per second";
  if (kind == Kind::time) return "a time such as \"50us\", or seconds";
  return "a speed such as \"1Gf\", or flops per second";
}

/// Digits and decimal exponent of the shortest text that parses back to `value`: d.ddd e x.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal decimal_of(double value) {
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(end.ptr - buffer));
  const std::size_t e = text.find('e');
  Decimal result;
  for (const char c : text.substr(0, e)) {
    if (c != '.') result.digits += c;
  }
  const std::string_view exponent = text.substr(e + (text[e + 1] == '+' ? 2 : 1));
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), result.exponent);
  return result;
}

/// d.ddd e exponent in plain notation.
std::string plain(std::string digits, int exponent) {
  if (exponent < 0)
    return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return digits + std::string(whole - digits.size(), '0');
  return digits.insert(whole, ".");
}

}  // namespace

ParsedQuantity parse_quantity(Kind kind, std::string_view text) {
  const std::string dense = without_blanks(text);
  if (dense != text) {
    const std::string problem = parse_quantity(kind, dense).problem;
    return {.problem = problem.empty() ? "must have no blank: \"" + dense + "\"" : problem};
  }
  const std::size_t length = number_length(text);
  if (length == 0) return {.problem = "must be " + example_of(kind)};
  const std::string_view name = text.substr(length);
  for (const Unit& unit : units_of(kind)) {
    if (unit.name != name) continue;
    const std::string digits = fmt::format("{}e{}", text.substr(0, length), unit.decimal);
    double value = 0.0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    value *= unit.factor;
    if (end.ec != std::errc{} || !std::isfinite(value)) return {.problem = "is out of range"};
    return {.value = value};
  }
  const std::vector<std::string> names = names_of(units_of(kind));
  if (name.empty()) return {.problem = "has no unit; must be " + example_of(kind)};
  const std::string suggestion = did_you_mean(name, names);
  if (!suggestion.empty())
    return {.problem = "has an unknown unit, did you mean " + suggestion + "?"};
  return {.problem = fmt::format("has an unknown unit; known are {}", fmt::join(names, ", "))};
}

std::string format_quantity(Kind kind, double value) {
  const std::span<const Unit> units = units_of(kind);
  if (value == 0.0) return kind == Kind::time ? "0s" : fmt::format("0{}", units.front().name);
  const Decimal decimal = decimal_of(value / units.front().factor);
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (unit.canonical && unit.decimal <= decimal.exponent) best = &unit;
  }
  return plain(decimal.digits, decimal.exponent - best->decimal) + std::string(best->name);
}

std::string unit_pattern(Kind kind) {
  return fmt::format("{}", fmt::join(names_of(units_of(kind)), "|"));
}

}  // namespace gradwire::scenario
