#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/figures/figures.hpp"
#include "analysis/results/run.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {

struct ReportOptions {
  double margin = 0.1;  ///< margin of the equivalence tests, as a fraction of the published number
  std::optional<PivotRequest> pivot;
  std::filesystem::path vega = "/usr/share/javascript/vega";
  std::string version;  ///< gradwire's version, shown on the page
};

/// A file of the report, relative to its folder.
struct ReportFile {
  std::filesystem::path path;
  std::string content;
};

struct Report {
  std::vector<ReportFile> files;  ///< report.html, report.md, tables/, figures/
  std::vector<Table> tables;
  std::vector<std::string> notes;  ///< for the reader: what is missing, and why
};

/// The figures of all papers, and time against swept settings: before the others in a what-if
/// study, else after them. `curves`: of every panel of `study`.
[[nodiscard]] Figures make_figures(const Study& study, const std::vector<PanelCurves>& curves,
                                   std::span<const RunTimeline> timelines = {});

/// Builds the whole report in memory and writes no file. Throws InputError if the results are
/// wrong, for instance if two runs of one series have the same seed.
[[nodiscard]] Report make_report(const Results& results, const ReportOptions& options);

}  // namespace gradwire::analysis
