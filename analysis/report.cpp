#include "analysis/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/page/page.hpp"
#include "analysis/results/timeline.hpp"
#include "analysis/tables/render.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_points = 24'000;  // of all curves of the page together

std::vector<Table> make_tables(const Results& results, const Study& study,
                               const ReportOptions& options) {
  std::vector<Table> tables;
  const auto add = [&](std::optional<Table> table) {
    if (table) tables.push_back(std::move(*table));
  };
  add(comparison(study, Moment::baseline));
  add(comparison(study, Moment::end));
  add(table2(study, options.margin));
  add(table3(study));
  add(crossovers(study));
  if (options.pivot) add(pivot(results, *options.pivot));
  return tables;
}

void add_table_files(const Table& table, std::vector<ReportFile>& files) {
  const std::filesystem::path stem = std::filesystem::path("tables") / table.slug;
  files.push_back({stem.string() + ".md", to_markdown(table)});
  files.push_back({stem.string() + ".csv", to_csv(table)});
  files.push_back({stem.string() + ".tex", to_latex(table)});
}

std::string markdown(const Report& report, const std::vector<Figure>& figures,
                     const Results& results) {
  std::string text = "# Report\n";
  for (std::size_t i = 0; i < results.names.size(); ++i) {
    text += fmt::format("\n{}: {}\n", escape_markdown(results.names[i]),
                        escape_markdown(results.descriptions[i]));
  }
  if (!report.notes.empty()) text += "\n## What to know before reading\n\n";
  for (const std::string& note : report.notes) text += "- " + escape_markdown(note) + "\n";
  text += "\n## Tables\n";
  for (const Table& table : report.tables) text += "\n" + to_markdown(table);
  text += "\n## Figures\n";
  for (const Figure& figure : figures) {
    text += fmt::format("\n![{}](figures/{}.svg)\n", escape_markdown(figure.title), figure.slug);
  }
  return text;
}

/// Notes, each once, in order; more than a person reads are counted.
std::vector<std::string> without_repeats(const std::vector<std::string>& notes) {
  constexpr std::size_t most = 60;
  std::vector<std::string> kept;
  for (const std::string& note : notes) {
    if (std::ranges::count(kept, note) == 0) kept.push_back(note);
  }
  if (kept.size() > most) {
    const std::size_t more = kept.size() - most;
    kept.resize(most);
    kept.push_back(fmt::format("and {} more of this kind", more));
  }
  return kept;
}

}  // namespace

Report make_report(const Results& results, const ReportOptions& options) {
  const Study study = arrange(results);
  const std::vector<PanelCurves> curves = curves_of(study, most_points);
  const Figures figures = make_figures(study, curves);
  const Vega vega = read_vega(options.vega);
  Report report{.tables = make_tables(results, study, options)};

  std::vector<std::string> notes = results.notes;
  notes.insert(notes.end(), study.notes.begin(), study.notes.end());
  notes.insert(notes.end(), figures.notes.begin(), figures.notes.end());
  std::vector<RunTimeline> timelines = timelines_of(results, notes);
  if (!vega.missing.empty()) {
    notes.push_back(
        fmt::format("report.html has no interactive plot: {} is missing (Debian package "
                    "libjs-vega); the figures are there",
                    vega.missing));
  }
  report.notes = without_repeats(notes);

  std::vector<std::string> drawn;
  for (const Figure& figure : figures.drawn) {
    drawn.push_back(to_svg(figure));
    const std::string stem = "figures/" + figure.slug;
    report.files.push_back({stem + ".svg", drawn.back()});
    report.files.push_back({stem + ".png", to_png(figure)});
  }
  const Table runs = run_list(results);
  for (const Table& table : report.tables) add_table_files(table, report.files);
  add_table_files(runs, report.files);
  report.files.push_back({"report.md", markdown(report, figures.drawn, results)});
  const PageContent content{
      results,       study, curves,       report.tables,   runs,
      figures.drawn, drawn, report.notes, options.version, std::move(timelines)};
  report.files.push_back({"report.html", page(content, vega)});
  return report;
}

}  // namespace gradwire::analysis
