#include "analysis/results/staleness.hpp"

#include <fmt/format.h>

#include "analysis/results/csv.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

std::size_t column_of(const Csv& csv, const char* name, const std::string& file) {
  const auto column = csv.column(name);
  if (!column) throw InputError(file, fmt::format("has no column {}; is it gradwire's?", name));
  return *column;
}

double at_least_0(const Csv& csv, std::size_t column) {
  const double number = csv.number(column);
  if (number >= 0) return number;
  throw InputError(csv.place(),
                   fmt::format("column {} must be at least 0, got {}", csv.header()[column],
                               quoted_for_message(csv.cell(column))));
}

}  // namespace

StalenessCounts read_staleness(const std::filesystem::path& file) {
  Csv csv(read_text(file), file.string());
  const std::size_t staleness = column_of(csv, "staleness", file.string());
  const std::size_t pushes = column_of(csv, "pushes", file.string());
  StalenessCounts counts;
  while (csv.next()) counts[at_least_0(csv, staleness)] += at_least_0(csv, pushes);
  return counts;
}

}  // namespace gradwire::analysis
