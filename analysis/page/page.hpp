#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/figures/figures.hpp"
#include "analysis/page/vega.hpp"
#include "analysis/results/timeline.hpp"
#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// Which entries of the list of tables, or of figures, each section of the report shows.
struct Sections {
  Part what_if;  ///< what a what-if study is about
  Part pays;     ///< which method pays
  Part others;
};

/// Everything that the page shows.
struct PageContent {
  const Results& results;
  const Study& study;
  const std::vector<PanelCurves>& curves;
  const std::vector<Table>& tables;  ///< without the list of runs
  Sections table_sections;
  const Table& runs;
  const std::vector<Figure>& figures;
  Sections figure_sections;
  const std::vector<std::string>& drawn;  ///< SVG of each figure
  const std::vector<std::string>& notes;
  std::string version;
  std::vector<RunTimeline> timelines = {};

  [[nodiscard]] std::span<const Table> tables_in(Part part) const {
    return std::span(tables).subspan(part.first, part.count);
  }
  [[nodiscard]] std::span<const Figure> figures_in(Part part) const {
    return std::span(figures).subspan(part.first, part.count);
  }
  [[nodiscard]] bool has_what_if() const {
    return table_sections.what_if.count + figure_sections.what_if.count > 0;
  }
  [[nodiscard]] bool has_pays() const {
    return table_sections.pays.count + figure_sections.pays.count > 0;
  }
};

/// Title of the section that the report of a what-if study begins with.
inline constexpr std::string_view what_if_title = "Time, by what was varied";
/// Title of the section with the Pareto fronts.
inline constexpr std::string_view pays_title = "Which method pays";

/// report.html, in one self-contained file.
[[nodiscard]] std::string page(const PageContent& content, const Vega& vega);

/// The page's data as JSON, safe to embed in a <script> element.
[[nodiscard]] std::string page_data(const PageContent& content);

/// Shell command that repeats a run; empty if its scenario is unknown.
[[nodiscard]] std::string repeat_command(const Run& run);

/// Base64 encoding (RFC 4648).
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace gradwire::analysis
