#include "analysis/study/published.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/results/csv.hpp"

namespace gradwire::analysis {
namespace {

void compare(const Run& run, const std::string& key, std::string_view wanted, std::string& text) {
  const std::string_view is = run.text(key);
  const auto number = run.number(key);
  const auto wanted_number = number_in(wanted);
  if (is == wanted || (number && wanted_number && *number == *wanted_number)) return;
  text += fmt::format("{}{} is {}, not {}", text.empty() ? "" : ", ", key,
                      is.empty() ? "unknown" : is, wanted);
}

}  // namespace

std::optional<double> Published::value(const std::string& column,
                                       const std::string& algorithm) const {
  const auto values_of = values.find(column);
  if (values_of == values.end()) return std::nullopt;
  const auto found = values_of->second.find(algorithm);
  if (found == values_of->second.end()) return std::nullopt;
  return found->second;
}

Published read_published(const Json& json) {
  Published task{.name = json.at("name").get<std::string>(),
                 .identity = json.at("identity").get<Flat>(),
                 .conditions = json.at("conditions").get<Flat>(),
                 .methods = json.at("methods").get<std::map<std::string, Flat>>()};
  for (const auto& [column, values] : json.items()) {
    if (!values.is_object() || column == "identity" || column == "conditions" ||
        column == "methods") {
      continue;
    }
    for (const auto& [algorithm, value] : values.items()) {
      task.values[column][algorithm] = value.get<double>();
    }
  }
  return task;
}

const Published* task_of(const Run& run, std::span<const Published> tasks) {
  const auto found = std::ranges::find_if(tasks, [&](const Published& task) {
    return std::ranges::all_of(task.identity,
                               [&](const auto& s) { return run.text(s.first) == s.second; });
  });
  return found == tasks.end() ? nullptr : &*found;
}

std::string difference(const Run& run, const Published& task) {
  std::string text;
  for (const auto& [key, wanted] : task.conditions) compare(run, key, wanted, text);
  const auto own = task.methods.find(std::string(run.algorithm()));
  if (own == task.methods.end()) return text;
  for (const auto& [key, wanted] : own->second) compare(run, key, wanted, text);
  return text;
}

}  // namespace gradwire::analysis
