#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gradwire::analysis {

/// A row of a results folder's crossovers.csv: a value at which a statement begins or ceases to
/// hold, found by replaying. Numbers are in `unit`: bps, s, f (flops per second), or none.
struct FoundCrossover {
  std::string setting, statement, method, than;
  double margin = 0.0;
  std::string model, over, unit;
  std::string holds;  ///< below | above; for the whole axis: everywhere | nowhere | unknown
  std::optional<double> at;
  std::optional<std::pair<double, double>> interval;  ///< 95 %, over seeds; ends may be infinite
  std::string seeds, note;
};

/// Reads a crossovers.csv. Rows that cannot be read are left out; `notes` gains a sentence with the
/// line for each. Throws InputError if the file or its header cannot be read.
[[nodiscard]] std::vector<FoundCrossover> read_crossovers(const std::filesystem::path& file,
                                                          std::vector<std::string>& notes);

/// A value with its unit: "151 Mbps", "2.3 ms"; "beyond the axis" if it is infinite, NaN or not
/// above 0.
[[nodiscard]] std::string format_value(double value, const std::string& unit);

}  // namespace gradwire::analysis
