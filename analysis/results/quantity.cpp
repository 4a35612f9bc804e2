#include "analysis/results/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace gradwire::analysis {
namespace {

using Named = std::pair<std::string_view, double>;

constexpr std::array<Named, 11> prefixes{{{"", 1.0},
                                          {"k", 1e3},
                                          {"M", 1e6},
                                          {"G", 1e9},
                                          {"T", 1e12},
                                          {"P", 1e15},
                                          {"Ki", 1024.0},
                                          {"Mi", 1048576.0},
                                          {"Gi", 1073741824.0},
                                          {"Ti", 1099511627776.0},
                                          {"E", 1e18}}};
constexpr std::array<Named, 3> rates{{{"bps", 1.0}, {"Bps", 8.0}, {"f", 1.0}}};
constexpr std::array<Named, 8> times{{{"ps", 1e-12},
                                      {"ns", 1e-9},
                                      {"us", 1e-6},
                                      {"ms", 1e-3},
                                      {"s", 1.0},
                                      {"m", 60.0},
                                      {"h", 3600.0},
                                      {"d", 86400.0}}};

std::optional<double> factor_of(std::string_view unit) {
  for (const auto& [name, seconds] : times) {
    if (unit == name) return seconds;
  }
  for (const auto& [rate, factor] : rates) {
    if (!unit.ends_with(rate)) continue;
    const std::string_view prefix = unit.substr(0, unit.size() - rate.size());
    for (const auto& [name, times_what] : prefixes) {
      if (prefix == name) return factor * times_what;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> quantity_in(std::string_view text) {
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop == end) return std::nullopt;
  const auto factor = factor_of({stop, static_cast<std::size_t>(end - stop)});
  if (!factor) return std::nullopt;
  return value * *factor;
}

std::string with_prefix(double value, std::string_view unit) {
  const char* prefix = "";
  double scaled = value;
  for (const char* next : {"k", "M", "G", "T", "P"}) {
    if (std::abs(scaled) < 999.5) break;
    scaled /= 1000.0;
    prefix = next;
  }
  return fmt::format("{:.3g} {}{}", scaled, prefix, unit);
}

}  // namespace gradwire::analysis
