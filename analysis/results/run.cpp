#include "analysis/results/run.hpp"

#include <set>

#include "analysis/results/csv.hpp"
#include "analysis/results/quantity.hpp"

namespace gradwire::analysis {

std::string_view Run::text(const std::string& column) const {
  if (const auto found = summary.find(column); found != summary.end()) return found->second;
  const auto found = settings.find(column);
  return found == settings.end() ? std::string_view() : found->second;
}

std::optional<double> Run::number(const std::string& column) const {
  const std::string_view cell = text(column);
  if (const auto value = number_in(cell)) return value;
  return quantity_in(cell);
}

std::vector<std::string> Results::columns() const {
  std::set<std::string> all;
  for (const Run& run : runs) {
    for (const auto& [name, value] : run.settings) all.insert(name);
    for (const auto& [name, value] : run.summary) all.insert(name);
  }
  return {all.begin(), all.end()};
}

}  // namespace gradwire::analysis
