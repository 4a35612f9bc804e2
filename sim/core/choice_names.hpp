#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "sim/core/value_range.hpp"

namespace gradwire {

// Names of the values of an enumeration: row i of its table is the value i.

/// Whether the table has a row for each value up to the last one.
template <class Enum>
requires std::is_enum_v<Enum>
constexpr bool has_row_for_each(std::span<const Choice> table, Enum last) {
  return table.size() == static_cast<std::size_t>(last) + 1;
}

/// Static storage.
template <class Enum>
requires std::is_enum_v<Enum>
constexpr std::string_view name_of(Enum value, std::span<const Choice> table) {
  return table[static_cast<std::size_t>(value)].name;
}

/// Throws std::logic_error for an unknown name (the reader of settings has checked it).
template <class Enum>
requires std::is_enum_v<Enum> Enum value_named(std::string_view name,
                                               std::span<const Choice> table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].name == name) return static_cast<Enum>(i);
  }
  throw std::logic_error("no choice is named " + std::string(name));
}

}  // namespace gradwire
