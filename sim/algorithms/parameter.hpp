#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "sim/core/value_range.hpp"

namespace gradwire::algorithms {

// Keys of object "algorithm" in an experiment file. Each is declared once, in the file of the
// ingredient that it belongs to; reader, schema and reference are derived from the declaration. Two
// ingredients with the same key share one declaration. Static storage.

struct NumberParameter {
  std::string_view key;
  std::string_view help;
  Range range;
  double default_value;
};

struct WholeParameter {
  std::string_view key;
  std::string_view help;
  WholeRange range;
  std::int64_t default_value;
};

struct ChoiceParameter {
  std::string_view key;
  std::string_view help;
  std::span<const Choice> choices;
  std::string_view default_value;
};

struct FlagParameter {
  std::string_view key;
  std::string_view help;
  bool default_value;
};

/// A whole number, or one of several words.
struct WholeOrChoiceParameter {
  std::string_view key;
  std::string_view help;
  WholeRange range;
  std::span<const Choice> choices;
  std::string_view default_value;
};

using Parameter =
    std::variant<const NumberParameter*, const WholeParameter*, const ChoiceParameter*,
                 const FlagParameter*, const WholeOrChoiceParameter*>;

[[nodiscard]] inline std::string_view key_of(const Parameter& parameter) {
  return std::visit([](const auto* one) { return one->key; }, parameter);
}

/// A parameter's default in a method or an ingredient, where it differs from the parameter's own.
struct ParameterDefault {
  std::string_view key;
  std::variant<std::string_view, double, std::int64_t, bool> value;
};

/// The value of a parameter.
using ParameterValue = std::variant<double, std::int64_t, std::string, bool>;

[[nodiscard]] inline ParameterValue default_of(const Parameter& parameter) {
  struct {
    ParameterValue operator()(const NumberParameter* p) const { return p->default_value; }
    ParameterValue operator()(const WholeParameter* p) const { return p->default_value; }
    ParameterValue operator()(const FlagParameter* p) const { return p->default_value; }
    ParameterValue operator()(const ChoiceParameter* p) const {
      return std::string(p->default_value);
    }
    ParameterValue operator()(const WholeOrChoiceParameter* p) const {
      return std::string(p->default_value);
    }
  } value;
  return std::visit(value, parameter);
}

}  // namespace gradwire::algorithms
