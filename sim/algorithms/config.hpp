#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "sim/algorithms/parameter.hpp"

namespace gradwire::algorithms {

/// Object "algorithm" of an experiment file: a row of the table of methods, or a composition of
/// ingredients, and the values of their parameters.
struct AlgorithmConfig {
  std::string name = "sgd";  ///< a row of methods(), or custom
  // Names of the ingredients of custom.
  std::string send = "always";
  std::string compress = "identity";
  std::string memory = "none";
  std::string server_step = "descent";
  /// By key. A parameter without a value has the row's default, or its own.
  std::map<std::string, ParameterValue, std::less<>> values;
  std::string reduction;  ///< sum | mean, over workers, of their contributions; empty: the row's

  [[nodiscard]] double get(const NumberParameter& p) const {
    const auto* value = find<double>(p.key);
    return value != nullptr ? *value : p.default_value;
  }
  [[nodiscard]] std::int64_t get(const WholeParameter& p) const {
    const auto* value = find<std::int64_t>(p.key);
    return value != nullptr ? *value : p.default_value;
  }
  [[nodiscard]] std::string get(const ChoiceParameter& p) const {
    const auto* value = find<std::string>(p.key);
    return value != nullptr ? *value : std::string(p.default_value);
  }
  [[nodiscard]] ParameterValue get(const WholeOrChoiceParameter& p) const {
    const auto value = values.find(p.key);
    return value != values.end() ? value->second : std::string(p.default_value);
  }

  AlgorithmConfig& set(const NumberParameter& p, double value) { return put(p.key, value); }
  AlgorithmConfig& set(const WholeParameter& p, std::int64_t value) { return put(p.key, value); }
  AlgorithmConfig& set(const ChoiceParameter& p, std::string value) {
    return put(p.key, std::move(value));
  }
  AlgorithmConfig& set(const WholeOrChoiceParameter& p, ParameterValue value) {
    return put(p.key, std::move(value));
  }

  friend bool operator==(const AlgorithmConfig&, const AlgorithmConfig&) = default;

 private:
  template <class T>
  [[nodiscard]] const T* find(std::string_view key) const {
    const auto value = values.find(key);
    return value != values.end() ? &std::get<T>(value->second) : nullptr;
  }
  AlgorithmConfig& put(std::string_view key, ParameterValue value) {
    values.insert_or_assign(std::string(key), std::move(value));
    return *this;
  }
};

/// Object "wire": the encoding of messages.
struct WireConfig {
  std::string index = "int32";   ///< positions of sparse values: index_choices (wire/encodings.hpp)
  std::string levels = "fixed";  ///< levels of quantised values: level_choices
  int header_bytes = 0;          ///< added to every message, both ways
  friend bool operator==(const WireConfig&, const WireConfig&) = default;
};

}  // namespace gradwire::algorithms
