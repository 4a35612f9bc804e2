#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/results/run.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {

struct ReportOptions {
  double margin = 0.1;  ///< of the equivalence tests, a fraction of the published number
  std::optional<PivotRequest> pivot;
  std::filesystem::path vega = "/usr/share/javascript/vega";
  std::string version;  ///< of the program
};

/// A file of the report, relative to its folder.
struct ReportFile {
  std::filesystem::path path;
  std::string content;
};

struct Report {
  std::vector<ReportFile> files;  ///< report.html, report.md, tables/, figures/
  std::vector<Table> tables;
  std::vector<std::string> notes;  ///< what readers must know: what is missing, and why
};

/// Everything, in memory. Throws InputError when the results are wrong.
[[nodiscard]] Report make_report(const Results& results, const ReportOptions& options);

}  // namespace gradwire::analysis
