#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace gradwire {

/// One value of an enumeration in an experiment file. Static storage.
struct Choice {
  std::string_view name;
  std::string_view help;
};

/// Range of valid real numbers, and their unit.
struct Range {
  double above = -std::numeric_limits<double>::infinity();     ///< exclusive
  double at_least = -std::numeric_limits<double>::infinity();  ///< inclusive
  double below = std::numeric_limits<double>::infinity();      ///< exclusive
  double up_to = std::numeric_limits<double>::infinity();      ///< inclusive
  std::string_view unit = "";
};

/// Range of valid whole numbers, both ends included, and their unit.
struct WholeRange {
  std::int64_t from = 0;
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
  std::string_view unit = "";
};

}  // namespace gradwire
