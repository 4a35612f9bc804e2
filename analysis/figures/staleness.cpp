#include "analysis/results/staleness.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "analysis/figures/parts.hpp"
#include "sim/core/error.hpp"

// Asynchronous servers: how many versions old the models are from which pushes are made.

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_staleness_charts = 12;

/// Of all runs of a method in a setting; none without the files. A damaged one becomes a note.
std::optional<StalenessCounts> counts_of(const Series& series, std::vector<std::string>& notes) {
  StalenessCounts all;
  for (const Run* run : series.runs) {
    const std::filesystem::path file = run->folder / "staleness.csv";
    std::error_code ignored;
    if (run->folder.empty() || !std::filesystem::exists(file, ignored)) continue;
    try {
      for (const auto& [staleness, pushes] : read_staleness(file)) all[staleness] += pushes;
    } catch (const InputError& error) {
      notes.push_back(fmt::format("Not drawn: staleness: {}.", error.what()));
    }
  }
  return all.empty() ? std::nullopt : std::optional(all);
}

/// The shares of the pushes by staleness.
Line histogram_of(const StalenessCounts& counts, const std::string& label, std::size_t style) {
  double pushes = 0;
  for (const auto& [staleness, count] : counts) pushes += count;
  Line line{.label = label, .style = style};
  for (const auto& [staleness, count] : counts) {
    line.x.push_back(staleness);
    line.y.push_back(count / pushes);
  }
  return line;
}

double mean_of(const StalenessCounts& counts) {
  double pushes = 0, sum = 0;
  for (const auto& [staleness, count] : counts) {
    pushes += count;
    sum += staleness * count;
  }
  return sum / pushes;
}

/// The methods of a setting; no lines if none is asynchronous. Adds what it shows to `words`.
Chart staleness_chart(const Panel& panel, const StyleMap& styles, std::string& words,
                      std::vector<std::string>& notes) {
  Chart chart{.title = panel.label,
              .x_title = "Staleness (versions)",
              .y_title = "Share of pushes",
              .mark_each_point = true};
  for (const Series& series : panel.series) {
    const auto counts = counts_of(series, notes);
    if (!counts) continue;
    chart.lines.push_back(histogram_of(*counts, series.label, styles.at(series.label)));
    words += fmt::format("{}{}: mean {:.3g}, at most {:g}. ",
                         panel.label.empty() ? "" : panel.label + ", ", series.label,
                         mean_of(*counts), counts->rbegin()->first);
  }
  return chart;
}

}  // namespace

void add_staleness(const Study& study, const StyleMap& styles, Figures& figures) {
  Figure figure{.slug = "staleness", .title = "Staleness of pushes", .columns = 3};
  std::size_t settings = 0;
  for (const Panel& panel : study.panels) {
    Chart chart = staleness_chart(panel, styles, figure.description, figures.notes);
    if (chart.lines.empty()) continue;
    if (++settings <= most_staleness_charts) figure.charts.push_back(std::move(chart));
  }
  if (figure.charts.empty()) return;
  if (settings > most_staleness_charts) {
    figures.notes.push_back(fmt::format("Staleness of the first {} of {} settings only.",
                                        most_staleness_charts, settings));
  }
  figure.columns = std::min<std::size_t>(figure.charts.size(), 3);
  figure.description +=
      "Staleness: versions that the server made between a client's fetch and its push. All workers "
      "and seeds together.";
  figures.drawn.push_back(std::move(figure));
}

}  // namespace gradwire::analysis
