#include "sim/sweep/filter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/did_you_mean.hpp"
#include "sim/core/error.hpp"
#include "sim/scenario/settings/value.hpp"

namespace gradwire::sweep {

namespace {

constexpr std::size_t most_listed = 20;

/// The value that represents an object in a filter: its "name" or "kind".
scenario::Json handle_of(const scenario::Json& value) {
  if (value.is_object()) {
    for (const char* key : {"name", "kind"}) {
      if (value.contains(key)) return value[key];
    }
  }
  return value;
}

bool matches(const scenario::Json& swept, const scenario::Json& wanted) {
  return swept == wanted || handle_of(swept) == wanted;
}

const std::vector<scenario::Json>& values_of(const std::string& path, const std::vector<Axis>& axes,
                                             const std::string& where) {
  std::vector<std::string> known;
  for (const Axis& axis : axes) {
    for (std::size_t i = 0; i < axis.paths.size(); ++i) {
      if (axis.paths[i] == path) return axis.values[i];
      known.push_back(axis.paths[i]);
    }
  }
  if (known.empty()) throw InputError(where, "the experiment sweeps nothing");
  const std::string suggestion = did_you_mean(path, known);
  throw InputError(where,
                   suggestion.empty()
                       ? fmt::format("{} is not swept; swept are {}", path, fmt::join(known, ", "))
                       : fmt::format("{} is not swept, did you mean {}?", path, suggestion));
}

std::string list_of(const std::vector<scenario::Json>& values) {
  std::vector<std::string> words;
  for (const scenario::Json& value : values) {
    const scenario::Json handle = handle_of(value);
    std::string word = handle.is_string() ? handle.get<std::string>() : scenario::shown(handle);
    if (std::ranges::find(words, word) != words.end()) continue;
    if (words.size() == most_listed) {
      words.emplace_back("...");
      break;
    }
    words.push_back(std::move(word));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

Filter::Filter(const std::vector<std::string>& filters, const std::vector<Axis>& axes) {
  for (const std::string& text : filters) {
    const std::string where = "--filter " + text;
    const auto [path, wanted] = split_assignment("--filter", text);
    const std::vector<scenario::Json>& values = values_of(path, axes, where);
    const auto wanted_here = [&wanted = wanted](const scenario::Json& swept) {
      return matches(swept, wanted);
    };
    if (std::ranges::none_of(values, wanted_here)) {
      throw InputError(where, fmt::format("no run has it; {} is one of {}", path, list_of(values)));
    }
    of(path).values.push_back(wanted);
  }
}

bool Filter::keeps(const std::vector<std::pair<std::string, scenario::Json>>& values) const {
  return std::ranges::all_of(axes_, [&](const Alternatives& axis) {
    const auto found = std::ranges::find(values, axis.path, [](const auto& v) { return v.first; });
    return std::ranges::any_of(
        axis.values, [&](const scenario::Json& wanted) { return matches(found->second, wanted); });
  });
}

Filter::Alternatives& Filter::of(const std::string& path) {
  for (Alternatives& axis : axes_) {
    if (axis.path == path) return axis;
  }
  return axes_.emplace_back(Alternatives{.path = path, .values = {}});
}

}  // namespace gradwire::sweep
