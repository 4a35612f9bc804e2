#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Runs that differ only in their seed: one line of a figure, one row of a table.
struct Series {
  std::string label;             ///< "SASG", "SASG, density 0.05"
  std::string algorithm;         ///< "sasg"
  std::vector<const Run*> runs;  ///< by ascending seed
};

/// Series that are compared with each other: they share all settings except those of the algorithm.
struct Panel {
  std::string label;  ///< what distinguishes it from other panels; empty if it is the only one
  std::string slug;   ///< the label as a file name
  Flat settings;      ///< this panel's values of the settings that vary between panels
  std::vector<Series> series;
  std::string model;  ///< network_model, where several are compared (study/models.hpp)
  std::vector<Panel> other_network_models;  ///< the same panel under each other network model

  /// The first series of `algorithm`, or null.
  [[nodiscard]] const Series* of(std::string_view algorithm) const;
  /// What others are compared with: SGD, or else the first series.
  [[nodiscard]] const Series& reference() const;
  [[nodiscard]] const Run& any() const { return *series.front().runs.front(); }
};

/// Grouped results. Refers to the runs of the Results that it was made from.
struct Study {
  std::vector<Panel> panels;
  std::vector<std::string> varied;  ///< settings that differ between panels
  std::vector<std::string> models;  ///< network models that are compared; else empty. Each panel is
                                    ///< under the first of them that it has
  std::vector<FoundCrossover> crossovers;  ///< found by replaying
  std::vector<std::string> notes;
};

/// Groups runs by their settings. Throws InputError if two runs of one series have the same seed,
/// since a mean over seeds must not count a seed twice.
[[nodiscard]] Study group_runs(const Results& results);

/// Gives each panel a label and a slug, made of those settings of `varied` that have at least two
/// non-empty values; of all settings of `varied` where labels would not be unique otherwise.
void name_panels(std::vector<Panel>& panels, const std::vector<std::string>& varied);

}  // namespace gradwire::analysis
