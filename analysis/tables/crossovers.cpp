#include <fmt/format.h>

#include "analysis/results/quantity.hpp"
#include "analysis/study/crossover.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {
namespace {

std::string bandwidth(double bits_per_second) { return with_prefix(bits_per_second, "bps"); }

std::vector<Cell> row_of(const SweepOver& sweep, const Crossover& crossover) {
  const auto& interval = crossover.interval;
  Cell range{"–", {"", ""}};
  if (interval) {
    range = {fmt::format("[{}, {}]", bandwidth(interval->low), bandwidth(interval->high)),
             {fmt::format("{}", interval->low), fmt::format("{}", interval->high)}};
  }
  return {text_cell(sweep.label),
          text_cell(crossover.below),
          text_cell(crossover.above),
          {bandwidth(crossover.at), {fmt::format("{}", crossover.at)}},
          range,
          {fmt::format("{} and {}", bandwidth(crossover.from), bandwidth(crossover.to)),
           {fmt::format("{}", crossover.from), fmt::format("{}", crossover.to)}},
          {std::to_string(crossover.pairs), {std::to_string(crossover.pairs)}}};
}

}  // namespace

std::optional<Table> crossovers(const Study& study) {
  Table table{.slug = "crossovers",
              .title = "The uplink at which two methods take the same time to the baseline",
              .columns = {{"Setting", {"setting"}, false},
                          {"Faster below", {"faster_below"}, false},
                          {"Faster above", {"faster_above"}, false},
                          {"Equal at", {"equal_at_bps"}},
                          {"95 % interval", {"equal_at_ci95_low", "equal_at_ci95_high"}},
                          {"Measured at", {"measured_below_bps", "measured_above_bps"}},
                          {"Seeds", {"seeds"}}}};
  const auto sweeps = sweeps_over(study, "platform.uplink", {"platform.downlink"});
  if (sweeps.empty()) return std::nullopt;
  for (const SweepOver& sweep : sweeps) {
    const Crossovers result = crossovers_in(sweep, "baseline.simulated_seconds");
    for (const Crossover& crossover : result.found) {
      table.rows.push_back(row_of(sweep, crossover));
    }
    const std::string where = sweep.label.empty() ? "" : sweep.label + ": ";
    for (const std::string& line : result.never) table.notes.push_back(where + line + ".");
    for (const std::string& line : result.unknown) {
      table.notes.push_back(where + "not compared: " + line + ".");
    }
  }
  table.notes.insert(
      table.notes.begin(),
      "Simulated time to the baseline, means over the seeds that all have; between two measured "
      "bandwidths the logarithm of the ratio is interpolated. The interval resamples seeds and "
      "stays "
      "between the two.");
  return table;
}

}  // namespace gradwire::analysis
