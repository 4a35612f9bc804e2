#include "sim/scenario/settings/setting.hpp"

#include <fmt/format.h>

#include <cmath>

namespace gradwire::scenario {

std::string text_of(const Range& range) {
  const bool open_left = std::isfinite(range.above);
  const bool open_right = std::isfinite(range.below);
  const double low = open_left ? range.above : range.at_least;
  const double high = open_right ? range.below : range.up_to;
  if (std::isfinite(low) && std::isfinite(high)) {
    return fmt::format("in {}{}, {}{}", open_left ? '(' : '[', low, high, open_right ? ')' : ']');
  }
  if (std::isfinite(low)) return fmt::format("{} {}", open_left ? "above" : "at least", low);
  if (std::isfinite(high)) return fmt::format("{} {}", open_right ? "below" : "at most", high);
  return "";
}

std::string text_of(const WholeRange& range) {
  return fmt::format("in [{}, {}]", range.from, range.to);
}

bool contains(const Range& range, double number) {
  // A number from JSON is finite, so an absent (infinite) bound never fails.
  return std::isfinite(number) && number > range.above && number >= range.at_least &&
         number < range.below && number <= range.up_to;
}

}  // namespace gradwire::scenario
