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

/// Everything that the page shows.
struct PageContent {
  const Results& results;
  const Study& study;
  const std::vector<PanelCurves>& curves;
  const std::vector<Table>& tables;  ///< without the list of runs
  std::size_t what_if_table_count;   ///< leading entries that a what-if study is about
  const Table& runs;
  const std::vector<Figure>& figures;
  std::size_t what_if_figure_count;       ///< leading entries that a what-if study is about
  const std::vector<std::string>& drawn;  ///< SVG of each figure
  const std::vector<std::string>& notes;
  std::string version;
  std::vector<RunTimeline> timelines = {};

  [[nodiscard]] std::span<const Table> what_if_tables() const {
    return std::span(tables).first(what_if_table_count);
  }
  [[nodiscard]] std::span<const Table> other_tables() const {
    return std::span(tables).subspan(what_if_table_count);
  }
  [[nodiscard]] std::span<const Figure> what_if_figures() const {
    return std::span(figures).first(what_if_figure_count);
  }
  [[nodiscard]] std::span<const Figure> other_figures() const {
    return std::span(figures).subspan(what_if_figure_count);
  }
  [[nodiscard]] bool has_what_if() const { return what_if_table_count + what_if_figure_count > 0; }
};

/// Title of the section that the report of a what-if study begins with.
inline constexpr std::string_view what_if_title = "Time, by what was varied";

/// report.html, in one self-contained file.
[[nodiscard]] std::string page(const PageContent& content, const Vega& vega);

/// The page's data as JSON, safe to embed in a <script> element.
[[nodiscard]] std::string page_data(const PageContent& content);

/// Shell command that repeats a run; empty if its scenario is unknown.
[[nodiscard]] std::string repeat_command(const Run& run);

/// Base64 encoding (RFC 4648).
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace gradwire::analysis
