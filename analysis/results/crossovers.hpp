#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gradwire::analysis {

/// A line of a results folder's crossovers.csv: where a statement begins or ends to hold, found by
/// replaying. Numbers in `unit`: bps, s, f, or none.
struct FoundCrossover {
  std::string setting, statement, method, than;
  double margin = 0.0;
  std::string model, over, unit;
  std::string holds;  ///< below | above; of the whole axis: everywhere | nowhere | unknown
  std::optional<double> at;
  std::optional<std::pair<double, double>> interval;  ///< 95 %, over seeds; ends may be infinite
  std::string seeds, note;
};

/// Rows that cannot be read are left out; `notes` gain a sentence with the line. Throws InputError
/// if the file or its header cannot be read.
[[nodiscard]] std::vector<FoundCrossover> read_crossovers(const std::filesystem::path& file,
                                                          std::vector<std::string>& notes);

/// "151 Mbps", "2.3 ms", "beyond the axis" where it is infinite.
[[nodiscard]] std::string place_in_words(double value, const std::string& unit);

}  // namespace gradwire::analysis
