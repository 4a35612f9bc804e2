#pragma once

#include <string>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Runs that differ in their seed only: one line of a figure, one row of a table.
struct Series {
  std::string label;             ///< "SASG", "SASG, density 0.05"
  std::string algorithm;         ///< "sasg"
  std::vector<const Run*> runs;  ///< by ascending seed
};

/// What is compared: series that share everything but what concerns the algorithm.
struct Panel {
  std::string label;  ///< what sets it apart from the other panels; empty if it is alone
  std::string slug;   ///< likewise, fit for a file name
  Flat settings;      ///< what varies between panels, here
  std::vector<Series> series;
  std::string model;         ///< network_model, where several are compared (study/models.hpp)
  std::vector<Panel> under;  ///< the same under each other model

  /// The first series of `algorithm`, or null.
  [[nodiscard]] const Series* of(std::string_view algorithm) const;
  [[nodiscard]] const Run& any() const { return *series.front().runs.front(); }
};

/// Results, put in order. Refers to the Results' runs.
struct Study {
  std::vector<Panel> panels;
  std::vector<std::string> varied;  ///< the settings that differ between panels
  std::vector<std::string> models;  ///< network models that are compared; else empty. Panels are
                                    ///< under the first of them that they have
  std::vector<FoundCrossover> crossovers;  ///< that were found by replaying
  std::vector<std::string> notes;
};

/// Groups runs by their settings. Throws InputError if two runs of one series have the same seed,
/// which no mean over seeds may count twice.
[[nodiscard]] Study arrange(const Results& results);

/// Gives each panel a label and a slug by those settings of `varied` that tell them apart.
void name_panels(std::vector<Panel>& panels, const std::vector<std::string>& varied);

/// As papers write the methods: "sasg" -> "SASG", "sparse" -> "Sparse"; others as they are.
[[nodiscard]] std::string display_name(std::string_view algorithm);

}  // namespace gradwire::analysis
