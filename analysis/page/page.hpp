#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/figures/figures.hpp"
#include "analysis/page/vega.hpp"
#include "analysis/results/timeline.hpp"
#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// All that the page shows.
struct PageContent {
  const Results& results;
  const Study& study;
  const std::vector<PanelCurves>& curves;
  const std::vector<Table>& tables;  ///< without the list of runs
  const Table& runs;
  const std::vector<Figure>& figures;
  const std::vector<std::string>& drawn;  ///< their SVG
  const std::vector<std::string>& notes;
  std::string version;
  std::vector<RunTimeline> timelines = {};
};

/// report.html: one file that needs no other.
[[nodiscard]] std::string page(const PageContent& content, const Vega& vega);

/// The page's data as JSON, fit to stand inside a <script>.
[[nodiscard]] std::string page_data(const PageContent& content);

/// The command that runs a run again; empty if its scenario is not known.
[[nodiscard]] std::string repeat_command(const Run& run);

/// RFC 4648.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace gradwire::analysis
