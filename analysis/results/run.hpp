#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/results/crossovers.hpp"
#include "analysis/results/json.hpp"

namespace gradwire::analysis {

/// One complete run, read from its own folder or from a row of runs.csv.
struct Run {
  std::string id;
  std::filesystem::path folder;    ///< runs/<id>; empty for a run from runs.csv alone
  Json scenario;                   ///< null for a run from runs.csv alone
  Flat settings;                   ///< of the scenario; or, from runs.csv, what was swept
  Flat summary;                    ///< summary.json, or the result columns of its row in runs.csv
  std::vector<std::string> notes;  ///< from summary.json, for readers of the numbers

  /// A column of runs.csv or any setting; empty if there is none.
  [[nodiscard]] std::string_view text(const std::string& column) const;
  /// The same as a number; a quantity with a unit ("10Mbps") in bits or flops per second, or in
  /// seconds. NaN is a number. None if missing or not a number.
  [[nodiscard]] std::optional<double> number(const std::string& column) const;
  /// Whether its iterations were synthesized: sizes and times without learning or data.
  [[nodiscard]] bool is_synthesized() const {
    return text("environment.blas") == "none: synthetic";
  }
  [[nodiscard]] std::string_view seed() const { return text("seed"); }
  [[nodiscard]] std::string_view algorithm() const { return text("algorithm.name"); }
};

/// The content of one or more results folders.
struct Results {
  std::vector<Run> runs;
  std::vector<std::string> names;  ///< of the experiments, in the order they were read
  std::vector<std::string> descriptions;
  std::vector<FoundCrossover> crossovers;
  std::vector<std::string> notes;  ///< for the reader: what is missing or was left out

  /// Names of all settings and of all columns of summaries, sorted.
  [[nodiscard]] std::vector<std::string> columns() const;
};

}  // namespace gradwire::analysis
