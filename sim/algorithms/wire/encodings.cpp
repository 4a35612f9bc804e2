#include "sim/algorithms/wire/encodings.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <utility>

#include "sim/core/error.hpp"

namespace gradwire::algorithms {
namespace {

static_assert(std::size(index_choices) == static_cast<std::size_t>(IndexCoding::golomb) + 1);
static_assert(std::size(level_choices) == static_cast<std::size_t>(LevelCoding::elias) + 1);
static_assert(1 + std::size(index_choices) <= most_encodings);

constexpr std::string_view values_name = "values=float32";
constexpr std::string_view index_prefix = "index=";
constexpr std::string_view levels_prefix = "levels=";

template <class Coding>
Coding named(std::string_view setting, std::string_view name, std::span<const Choice> choices) {
  std::string known;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i].name == name) return static_cast<Coding>(i);
    if (i > 0) known += i + 1 == choices.size() ? " or " : ", ";
    known += choices[i].name;
  }
  throw InputError("", std::string(setting) + " \"" + std::string(name) + "\": expected " + known);
}

}  // namespace

IndexCoding index_coding_named(std::string_view name) {
  return named<IndexCoding>("index", name, index_choices);
}

LevelCoding level_coding_named(std::string_view name) {
  return named<LevelCoding>("levels", name, level_choices);
}

std::vector<IndexCoding> index_codings(const MessageShape& shape) {
  std::vector<IndexCoding> codings;
  for (std::size_t i = 0; i < std::size(index_choices); ++i) {
    const auto coding = static_cast<IndexCoding>(i);
    if (coding != IndexCoding::seed || shape.support_is_drawn) codings.push_back(coding);
  }
  return codings;
}

EncodingNames encoding_names(const MessageShape& shape) {
  EncodingNames names{std::string(values_name)};
  const auto add = [&names](std::string_view prefix, std::string_view choice) {
    names.push_back(std::string(prefix) + std::string(choice));
  };
  switch (shape.representation) {
    case Representation::nothing:
    case Representation::dense:
      break;
    case Representation::sparse:
      for (const IndexCoding coding : index_codings(shape)) {
        add(index_prefix, index_choices[static_cast<std::size_t>(coding)].name);
      }
      break;
    case Representation::quantized:
    case Representation::signs:
      for (const Choice& choice : level_choices) add(levels_prefix, choice.name);
      break;
  }
  return names;
}

std::vector<std::size_t> selected_encodings(const WireConfig& wire, const EncodingNames& names) {
  std::vector<std::size_t> selected;
  const auto select = [&](std::string_view prefix, std::string_view value) {
    bool has_setting = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!names[i].starts_with(prefix)) continue;
      has_setting = true;
      if (names[i].substr(prefix.size()) == value) return selected.push_back(i);
    }
    if (has_setting) {
      throw InputError("", "wire: the messages' sizes under " + std::string(prefix) +
                               std::string(value) + " are not known");
    }
  };
  select(values_name, "");
  select(index_prefix, wire.index);
  select(levels_prefix, wire.levels);
  return selected;
}

}  // namespace gradwire::algorithms
