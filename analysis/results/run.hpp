#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/results/crossovers.hpp"
#include "analysis/results/json.hpp"

namespace gradwire::analysis {

/// One complete run, as its results folder has it.
struct Run {
  std::string id;
  std::filesystem::path folder;    ///< runs/<id>; empty where only runs.csv knows the run
  Json scenario;                   ///< null where only runs.csv knows the run
  Flat settings;                   ///< of the scenario; or what was swept, from runs.csv
  Flat summary;                    ///< summary.json, or the rest of its row in runs.csv
  std::vector<std::string> notes;  ///< of summary.json: what a reader of the numbers must know

  /// A column of runs.csv, or any setting: empty if there is none.
  [[nodiscard]] std::string_view text(const std::string& column) const;
  /// Likewise, as a number; a quantity with a unit ("10Mbps") in units a second or seconds. NaN is
  /// a number. None if missing or a text.
  [[nodiscard]] std::optional<double> number(const std::string& column) const;
  [[nodiscard]] std::string_view seed() const { return text("seed"); }
  [[nodiscard]] std::string_view algorithm() const { return text("algorithm.name"); }
};

/// What a results folder holds.
struct Results {
  std::vector<Run> runs;
  std::vector<std::string> names;  ///< of the experiments, in order
  std::vector<std::string> descriptions;
  std::vector<FoundCrossover> crossovers;
  std::vector<std::string> notes;  ///< what is missing or was left out; for people

  /// Every setting and every column of a summary, sorted.
  [[nodiscard]] std::vector<std::string> columns() const;
};

}  // namespace gradwire::analysis
