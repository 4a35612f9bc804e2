#include "analysis/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "analysis/page/page.hpp"
#include "analysis/papers/papers.hpp"
#include "analysis/results/timeline.hpp"
#include "analysis/study/learning_groups.hpp"
#include "analysis/study/run_notes.hpp"
#include "analysis/tables/render.hpp"
#include "analysis/tables/repeated.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_points = 24'000;  // in total, over all curves of the page

struct Tables {
  std::vector<Table> shown;  ///< tables as displayed
  Sections sections;         ///< of `shown`
  std::vector<Table> whole;  ///< full tables of which `shown` has only parts; for scripts
};

/// Sections of a list that begins with what a what-if study is about. The part on which method
/// pays follows at once, or else ends the list.
Sections sections_of(std::size_t what_if_count, Part pays, std::size_t all) {
  const bool pays_is_last = pays.first > what_if_count;
  const Part others = pays_is_last
                          ? Part{what_if_count, pays.first - what_if_count}
                          : Part{what_if_count + pays.count, all - what_if_count - pays.count};
  return {.what_if = {0, what_if_count}, .pays = pays, .others = others};
}

/// Adds a table for display, without repetition; where that splits it, the full table is kept too.
void add_table(std::optional<Table> table, Tables& tables) {
  if (!table) return;
  std::vector<Table> parts = without_repetition(*table);
  const bool split = parts.size() > 1 || parts.front().slug != table->slug;
  std::ranges::move(parts, std::back_inserter(tables.shown));
  if (split) tables.whole.push_back(std::move(*table));
}

Part add_pays_tables(const Study& study, Tables& tables) {
  const std::size_t first = tables.shown.size();
  add_table(which_pays(study), tables);
  add_table(pareto(study), tables);
  return {first, tables.shown.size() - first};
}

Tables make_tables(const Results& results, const Study& study, const ReportOptions& options) {
  Tables tables;
  const bool what_if = is_what_if(study);
  if (what_if) add_table(crossovers(study), tables);
  const std::size_t what_if_count = tables.shown.size();
  Part pays;
  if (what_if) pays = add_pays_tables(study, tables);
  add_table(comparison(study, CostPoint::baseline), tables);
  add_table(comparison(study, CostPoint::end), tables);
  for (const papers::Paper& paper : papers::all()) {
    for (Table& table : paper.tables(study, options.margin)) add_table(std::move(table), tables);
  }
  if (!what_if) add_table(crossovers(study), tables);
  if (options.pivot) add_table(pivot(results, *options.pivot), tables);
  if (!what_if) pays = add_pays_tables(study, tables);
  tables.sections = sections_of(what_if_count, pays, tables.shown.size());
  return tables;
}

void add_table_files(const Table& table, std::vector<ReportFile>& files) {
  const std::filesystem::path stem = std::filesystem::path("tables") / table.slug;
  files.push_back({stem.string() + ".md", to_markdown(table)});
  files.push_back({stem.string() + ".csv", to_csv(table)});
  files.push_back({stem.string() + ".tex", to_latex(table)});
}

std::string tables_as_markdown(std::span<const Table> tables) {
  std::string text;
  for (const Table& table : tables) text += "\n" + to_markdown(table);
  return text;
}

std::string figures_as_markdown(std::span<const Figure> figures) {
  std::string text;
  for (const Figure& figure : figures) {
    text += fmt::format("\n![{}](figures/{}.svg)\n", escape_markdown(figure.title), figure.slug);
  }
  return text;
}

std::string markdown_section(std::string_view title, const PageContent& content, Part figures,
                             Part tables) {
  return fmt::format("\n## {}\n", title) + figures_as_markdown(content.figures_in(figures)) +
         tables_as_markdown(content.tables_in(tables));
}

std::string markdown(const PageContent& content) {
  const Results& results = content.results;
  std::string text = "# Report\n";
  for (std::size_t i = 0; i < results.names.size(); ++i) {
    text += fmt::format("\n{}: {}\n", escape_markdown(results.names[i]),
                        escape_markdown(results.descriptions[i]));
  }
  if (!content.notes.empty()) text += "\n## What to know before reading\n\n";
  for (const std::string& note : content.notes) text += "- " + escape_markdown(note) + "\n";
  if (content.has_what_if()) {
    text += markdown_section(what_if_title, content, content.figure_sections.what_if,
                             content.table_sections.what_if);
  }
  if (content.has_pays()) {
    text += markdown_section(pays_title, content, content.figure_sections.pays,
                             content.table_sections.pays);
  }
  text += "\n## Tables\n" + tables_as_markdown(content.tables_in(content.table_sections.others));
  text +=
      "\n## Figures\n" + figures_as_markdown(content.figures_in(content.figure_sections.others));
  return text;
}

/// Removes duplicate notes, keeping the order; notes beyond the first 60 are only counted.
std::vector<std::string> without_repeats(const std::vector<std::string>& notes) {
  constexpr std::size_t most = 60;
  std::vector<std::string> unique;
  for (const std::string& note : notes) {
    if (std::ranges::count(unique, note) == 0) unique.push_back(note);
  }
  if (unique.size() > most) {
    const std::size_t more = unique.size() - most;
    unique.resize(most);
    unique.push_back(fmt::format("and {} more of this kind", more));
  }
  return unique;
}

void add_pays_figures(const Study& study, const StyleMap& styles, Figures& figures) {
  const std::size_t first = figures.drawn.size();
  add_pareto(study, styles, figures);
  figures.pays = {first, figures.drawn.size() - first};
}

}  // namespace

Figures make_figures(const Study& study, const std::vector<PanelCurves>& curves,
                     std::span<const RunTimeline> timelines) {
  const StyleMap styles = styles_of(study);
  Figures figures;
  const bool what_if = is_what_if(study);
  const auto add_what_if = [&] {
    add_network(study, styles, figures);
    add_scaling(study, figures);
  };
  if (what_if) add_what_if();
  figures.what_if_count = figures.drawn.size();
  if (what_if) add_pays_figures(study, styles, figures);
  for (const papers::Paper& paper : papers::all()) {
    paper.add_figures(study, curves, styles, figures);
  }
  add_gossip(study, curves, styles, figures);
  add_staleness(study, styles, figures);
  add_worker_timelines(study, timelines, figures);
  if (!what_if) {
    add_what_if();
    add_pays_figures(study, styles, figures);
  }
  return figures;
}

Report make_report(const Results& results, const ReportOptions& options) {
  const Study study = group_runs(results);
  const std::vector<PanelCurves> curves = curves_of(study, most_points);
  std::vector<std::string> notes_of_timelines;
  std::vector<RunTimeline> timelines = timelines_of(results, notes_of_timelines);
  const Figures figures = make_figures(study, curves, timelines);
  const Vega vega = read_vega(options.vega);
  Tables tables = make_tables(results, study, options);
  Report report{.tables = std::move(tables.shown)};

  std::vector<std::string> notes = results.notes;
  std::ranges::move(notes_of_runs(results), std::back_inserter(notes));
  notes.insert(notes.end(), study.notes.begin(), study.notes.end());
  notes.insert(notes.end(), figures.notes.begin(), figures.notes.end());
  std::ranges::move(notes_of_timelines, std::back_inserter(notes));
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
  for (const Table& table : tables.whole) add_table_files(table, report.files);
  add_table_files(runs, report.files);
  const PageContent content{
      .results = results,
      .study = study,
      .curves = curves,
      .tables = report.tables,
      .table_sections = tables.sections,
      .runs = runs,
      .figures = figures.drawn,
      .figure_sections = sections_of(figures.what_if_count, figures.pays, figures.drawn.size()),
      .drawn = drawn,
      .notes = report.notes,
      .version = options.version,
      .timelines = std::move(timelines)};
  report.files.push_back({"report.md", markdown(content)});
  report.files.push_back({"report.html", page(content, vega)});
  return report;
}

}  // namespace gradwire::analysis
