#include "analysis/results/columns.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "analysis/results/assets.hpp"
#include "analysis/results/json.hpp"

namespace gradwire::analysis {
namespace {

/// The columns of runs.csv and the members of summary.json.
struct Listed {
  std::set<std::string, std::less<>> texts;  ///< also flags and lists
  std::set<std::string, std::less<>> numbers;
  std::set<std::string, std::less<>>
      objects;  ///< of summary.json: "final"; their members are results
};

Listed read_list() {
  const Json all = Json::parse(results_assets::columns_json());
  Listed listed;
  for (const char* file : {"runs.csv", "runs/ID/summary.json"}) {
    for (const Json& column : all.at(file)) {
      const auto name = column.at("name").get<std::string>();
      const auto& type = column.at("type").get_ref<const std::string&>();
      const bool is_number = type == "number" || type == "whole number";
      (is_number ? listed.numbers : listed.texts).insert(name);
      if (const auto dot = name.find('.'); dot != std::string::npos) {
        listed.objects.insert(name.substr(0, dot));
      }
    }
  }
  return listed;
}

const Listed& listed() {
  static const Listed list = read_list();
  return list;
}

/// Members of the setting "baseline"; other columns below "baseline" are results.
constexpr std::array<std::string_view, 6> goals{"metric", "above",   "below",
                                                "stop",   "optimum", "gap"};

bool is_in(std::string_view object, std::string_view column) {
  return column.size() > object.size() && column.starts_with(object) &&
         column[object.size()] == '.';
}

/// An object "baseline" is in the scenario and in summary.json.
bool is_baseline_result(std::string_view column) {
  return is_in("baseline", column) &&
         std::ranges::count(goals, column.substr(std::string_view("baseline.").size())) == 0;
}

bool is_result(std::string_view column) {
  if (is_in("baseline", column)) return is_baseline_result(column);
  const bool of_an_object = std::ranges::any_of(listed().objects, [&](std::string_view object) {
    return column == object || is_in(object, column);
  });
  return of_an_object || listed().texts.contains(column) || listed().numbers.contains(column);
}

}  // namespace

bool is_number_of_summary(std::string_view column) {
  if (listed().texts.contains(column)) return false;
  return listed().numbers.contains(column) || is_in("final", column) || is_baseline_result(column);
}

std::vector<bool> results_among(const std::vector<std::string>& header) {
  const auto has = [&](std::string_view name) { return std::ranges::count(header, name) > 0; };
  const bool own = header.front() == "id" && has("worker_state_bytes") && has("wall.total");
  const auto status = std::ranges::find(header, "status") - header.begin();
  std::vector<bool> results;
  for (std::ptrdiff_t i = 0; i < std::ssize(header); ++i) {
    const std::string& name = header[static_cast<std::size_t>(i)];
    results.push_back(is_result(name) || (own && i > status));
  }
  return results;
}

}  // namespace gradwire::analysis
