#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/algorithms/messages/value_format.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/core/choice_names.hpp"

namespace gradwire::algorithms {

/// Of the contributions, over workers.
enum class Reduction { sum, mean, weighted_mean };

/// In the order of Reduction.
inline constexpr Choice reduction_choices[] = {
    {"sum", "the server subtracts the sum of the contributions"},
    {"mean", "the server subtracts their mean"},
    {"weighted_mean", "the same, with workers weighted by their samples"}};
static_assert(has_row_for_each(reduction_choices, Reduction::weighted_mean));

/// Object "algorithm" of an experiment file: a row of the table of methods, or a composition of
/// ingredients, and the values of their parameters.
struct AlgorithmConfig {
  std::string name = "sgd";  ///< a row of methods(), or custom
  // Names of the ingredients of custom; of `compress` also where a row leaves the choice.
  std::string send = "always";
  std::string compress = {};  ///< empty: the row's; of custom: identity
  std::string memory = "none";
  std::string server_step = "descent";
  /// By key. A parameter without a value has the row's default, or its own.
  std::map<std::string, ParameterValue, std::less<>> values;
  std::optional<Reduction> reduction;  ///< without a value: the row's

  [[nodiscard]] double get(const NumberParameter& p) const {
    const auto* value = find<double>(p.key);
    return value != nullptr ? *value : p.default_value;
  }
  [[nodiscard]] std::int64_t get(const WholeParameter& p) const {
    const auto* value = find<std::int64_t>(p.key);
    return value != nullptr ? *value : p.default_value;
  }
  [[nodiscard]] bool get(const FlagParameter& p) const {
    const auto* value = find<bool>(p.key);
    return value != nullptr ? *value : p.default_value;
  }
  /// Enum: with the parameter's choices as its table of names.
  template <class Enum>
  [[nodiscard]] Enum choice(const ChoiceParameter& p) const {
    const auto* value = find<std::string>(p.key);
    return value_named<Enum>(value != nullptr ? *value : p.default_value, p.choices);
  }
  [[nodiscard]] ParameterValue get(const WholeOrChoiceParameter& p) const {
    const auto value = values.find(p.key);
    return value != values.end() ? value->second : std::string(p.default_value);
  }

  AlgorithmConfig& set(const NumberParameter& p, double value) { return put(p.key, value); }
  AlgorithmConfig& set(const WholeParameter& p, std::int64_t value) { return put(p.key, value); }
  AlgorithmConfig& set(const FlagParameter& p, bool value) { return put(p.key, value); }
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

/// Encoding of the positions of a sparse message (wire/wire.hpp). Those whose size varies come
/// last.
enum class IndexCoding { none, int32, int64, model, bitmap, seed, tensor, golomb };

/// In the order of IndexCoding.
inline constexpr Choice index_choices[] = {
    {"none", "values only, the papers' convention"},
    {"int32", "32 bits each"},
    {"int64", "64 bits each"},
    {"model", "ceil(log2 d) bits each, inside the whole model"},
    {"bitmap", "d_l bits a tensor, whatever is sent"},
    {"seed", "0 bits: both ends draw the positions of random_k from the seed"},
    {"tensor", "ceil(log2 d_l) bits each, inside their tensor"},
    {"golomb", "Golomb-coded gaps, near the entropy"}};
static_assert(has_row_for_each(index_choices, IndexCoding::golomb));

/// Encoding of the levels of a quantised message (wire/wire.hpp).
enum class LevelCoding { fixed, elias, vsc };

/// In the order of LevelCoding.
inline constexpr Choice level_choices[] = {
    {"fixed", "sign and magnitude, ceil(log2(s + 1)) bits, of every entry"},
    {"elias", "Elias codes of the gaps between non-zero levels, and of these (QSGD)"},
    {"vsc",
     "vector source code, of Golomb-coded runs of each level's positions, near the entropy; "
     "inferred from the abstract of MALCOM-PSGD (arXiv 2311.05760) and Woldemariam et al. "
     "(2309.05633), not the paper's formula"}};
static_assert(has_row_for_each(level_choices, LevelCoding::vsc));

/// Object "wire": the encoding of messages. Learning depends on `values`, and on nothing else of
/// it.
struct WireConfig {
  IndexCoding index = IndexCoding::int32;
  LevelCoding levels = LevelCoding::fixed;
  ValueFormat values = ValueFormat::float32;  ///< of dense and sparse uploads; not power_of_two
  int header_bytes = 0;                       ///< added to every message, both ways
  friend bool operator==(const WireConfig&, const WireConfig&) = default;
};

}  // namespace gradwire::algorithms
