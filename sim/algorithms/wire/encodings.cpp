#include "sim/algorithms/wire/encodings.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "sim/core/error.hpp"

namespace gradwire::algorithms {
namespace {

static_assert(1 + std::size(index_choices) + 1 + std::size(level_choices) + 1 <= most_encodings);

constexpr std::string_view values_prefix = "values=";
constexpr std::string_view index_prefix = "index=";
constexpr std::string_view levels_prefix = "levels=";
constexpr std::string_view entropy_name = "entropy";

}  // namespace

std::vector<IndexCoding> index_codings(const MessageShape& shape) {
  std::vector<IndexCoding> codings;
  for (std::size_t i = 0; i < std::size(index_choices); ++i) {
    const auto coding = static_cast<IndexCoding>(i);
    if (coding != IndexCoding::seed || shape.support_is_drawn) codings.push_back(coding);
  }
  return codings;
}

EncodingNames encoding_names(const MessageShape& shape) {
  EncodingNames names{std::string(values_prefix) + std::string(name_of(shape.values))};
  const auto add = [&names](std::string_view prefix, std::string_view choice) {
    names.push_back(std::string(prefix) + std::string(choice));
  };
  const auto add_positions = [&] {
    for (const IndexCoding coding : index_codings(shape)) {
      add(index_prefix, name_of(coding, index_choices));
    }
    add(index_prefix, entropy_name);
  };
  const auto add_levels = [&] {
    for (const Choice& choice : level_choices) add(levels_prefix, choice.name);
    add(levels_prefix, entropy_name);
  };
  switch (shape.representation) {
    case Representation::nothing:
    case Representation::dense:
    case Representation::low_rank:
      break;
    case Representation::sparse:
      add_positions();
      break;
    case Representation::quantized:
    case Representation::signs:
      add_levels();
      break;
    case Representation::coded_sparse:
      add_positions();
      add_levels();
      break;
  }
  return names;
}

std::vector<std::size_t> selected_encodings(const WireConfig& wire, const EncodingNames& names) {
  std::vector<std::size_t> selected;
  const auto select = [&](std::string_view prefix, std::string_view value) {
    std::string known;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!names[i].starts_with(prefix)) continue;
      const std::string choice = names[i].substr(prefix.size());
      if (choice == value) return selected.push_back(i);
      if (choice != entropy_name) known += (known.empty() ? "" : ", ") + choice;
    }
    if (!known.empty()) {
      throw InputError("", "wire: the messages' sizes under " + std::string(prefix) +
                               std::string(value) + " are not known: expected one of " + known);
    }
  };
  const auto values = std::ranges::find_if(
      names, [](const std::string& name) { return name.starts_with(values_prefix); });
  if (values != names.end()) {  // one: a replay cannot change it
    selected.push_back(static_cast<std::size_t>(values - names.begin()));
  }
  select(index_prefix, name_of(wire.index, index_choices));
  select(levels_prefix, name_of(wire.levels, level_choices));
  return selected;
}

}  // namespace gradwire::algorithms
