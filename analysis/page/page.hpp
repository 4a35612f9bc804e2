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

/// All that the page shows.
struct PageContent {
  const Results& results;
  const Study& study;
  const std::vector<PanelCurves>& curves;
  const std::vector<Table>& tables;  ///< without the list of runs
  std::size_t asked_tables_count;    ///< of them, at the begin: what a what-if is about
  const Table& runs;
  const std::vector<Figure>& figures;
  std::size_t asked_figures_count;        ///< likewise
  const std::vector<std::string>& drawn;  ///< their SVG
  const std::vector<std::string>& notes;
  std::string version;
  std::vector<RunTimeline> timelines = {};

  [[nodiscard]] std::span<const Table> asked_tables() const {
    return std::span(tables).first(asked_tables_count);
  }
  [[nodiscard]] std::span<const Table> other_tables() const {
    return std::span(tables).subspan(asked_tables_count);
  }
  [[nodiscard]] std::span<const Figure> asked_figures() const {
    return std::span(figures).first(asked_figures_count);
  }
  [[nodiscard]] std::span<const Figure> other_figures() const {
    return std::span(figures).subspan(asked_figures_count);
  }
  [[nodiscard]] bool has_asked() const { return asked_tables_count + asked_figures_count > 0; }
};

/// Of the part that a what-if begins with.
inline constexpr std::string_view asked_title = "Time, by what was varied";

/// report.html: one file that needs no other.
[[nodiscard]] std::string page(const PageContent& content, const Vega& vega);

/// The page's data as JSON, fit to stand inside a <script>.
[[nodiscard]] std::string page_data(const PageContent& content);

/// The command that runs a run again; empty if its scenario is not known.
[[nodiscard]] std::string repeat_command(const Run& run);

/// RFC 4648.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace gradwire::analysis
