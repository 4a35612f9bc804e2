#include "sim/results/metrics.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/results/columns.hpp"

namespace gradwire::results {
namespace {

std::string_view line_at(std::string_view text, std::size_t at) {
  return text.substr(at, text.substr(at).find('\n'));
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = line.find(',');
    cells.push_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end == std::string_view::npos ? end : end + 1));
  }
  return cells;
}

/// The first `count` cells of a line, or all of a shorter one.
std::string_view first_cells(std::string_view line, std::size_t count) {
  std::size_t end = line.find(',');
  for (std::size_t i = 1; i < count && end != std::string_view::npos; ++i) {
    end = line.find(',', end + 1);
  }
  return line.substr(0, end);
}

}  // namespace

ExtraColumns extra_columns(const scenario::Scenario& scenario) {
  ExtraColumns extra{.top5 = scenario.top5, .sources = {}};
  if (scenario.dataset.name == "cifar10+mnist") extra.sources = {"cifar10", "mnist"};
  extra.accuracy = scenario.loss.predicts_classes();
  extra.objective = scenario::evaluates_objective(scenario);
  return extra;
}

std::string metrics_header(const scenario::Scenario& scenario) {
  std::vector<std::string> names;
  for (const MetricColumn& column : metric_columns()) {
    if (column.applies(scenario)) names.push_back(column.about.name);
  }
  return csv_line(names);
}

std::string to_csv(const MetricRow& row, const scenario::Scenario& scenario) {
  std::vector<std::string> cells;
  for (const MetricColumn& column : metric_columns()) {
    if (!column.applies(scenario)) continue;
    const std::optional<Cell> cell = column.value(row);
    if (!cell && !column.may_be_empty) {
      throw std::logic_error("not measured: " + column.about.name);
    }
    cells.push_back(cell ? text_of(*cell) : "");
  }
  return csv_line(cells);
}

std::optional<ColumnCut> cut_to_columns_of(std::string_view was, std::string_view now) {
  const std::vector<std::string_view> kept = cells_of(line_at(was, 0));
  const std::vector<std::string_view> all = cells_of(line_at(now, 0));
  if (kept.size() > all.size() || !std::equal(kept.begin(), kept.end(), all.begin())) return {};
  ColumnCut cut;
  cut.dropped.assign(all.begin() + static_cast<std::ptrdiff_t>(kept.size()), all.end());
  for (std::size_t at = 0; at < now.size();) {
    const std::string_view line = line_at(now, at);
    at += line.size() + 1;
    cut.text += first_cells(line, kept.size());
    cut.text += '\n';
  }
  return cut;
}

}  // namespace gradwire::results
