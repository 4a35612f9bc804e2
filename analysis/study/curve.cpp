#include "analysis/study/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <system_error>

#include "analysis/results/metrics.hpp"
#include "analysis/statistics/sample.hpp"
#include "analysis/study/communication.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

/// A column of metrics.csv and its index in x_axes.
struct XColumn {
  std::size_t axis;
  Metric metric;
};
constexpr XColumn x_columns[] = {{x_axis("iteration"), Metric::iteration},
                                 {x_axis("rounds"), Metric::rounds},
                                 {x_axis("uplink_payload_bits"), Metric::uplink_payload_bits},
                                 {x_axis("uplink_wire_bytes"), Metric::uplink_wire_bytes},
                                 {x_axis("simulated_seconds"), Metric::simulated_seconds},
                                 {x_axis("epoch"), Metric::epoch}};
constexpr std::size_t uplink_axis = x_axis("uplink_seconds");

/// A run's evaluations, and its uplink seconds at each.
struct Recorded {
  Metrics metrics;
  UplinkSeconds uplink;
};

Recorded recorded(const Run& run) {
  Recorded result{.metrics = read_metrics(run.folder / "metrics.csv"), .uplink = {}};
  result.uplink = uplink_seconds(run, result.metrics);
  return result;
}

/// The training loss of recent minibatches. In results of older versions, which lack it, the
/// running mean of each epoch, which jumps where an epoch ends.
Metric train_loss_in(const std::vector<Recorded>& runs) {
  const bool everywhere = std::ranges::none_of(
      runs, [](const Recorded& run) { return run.metrics[Metric::recent_train_loss].empty(); });
  return everywhere ? Metric::recent_train_loss : Metric::train_loss;
}

/// For each iteration that all runs evaluated, its row in each run: [iterations][runs].
std::vector<std::vector<std::size_t>> common_rows(const std::vector<Recorded>& runs) {
  std::vector<std::vector<std::size_t>> common;
  std::vector<std::size_t> at(runs.size(), 0);
  for (std::size_t first = 0; first < runs[0].metrics.rows(); ++first) {
    at[0] = first;
    const double iteration = runs[0].metrics[Metric::iteration][first];
    bool everywhere = true;
    for (std::size_t r = 1; r < runs.size(); ++r) {
      const auto& iterations = runs[r].metrics[Metric::iteration];
      while (at[r] < iterations.size() && iterations[at[r]] < iteration) ++at[r];
      everywhere = everywhere && at[r] < iterations.size() && iterations[at[r]] == iteration;
    }
    if (everywhere) common.push_back(at);
  }
  return common;
}

template <class T>
std::vector<T> thinned(const std::vector<T>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<T> kept;
  const auto last = static_cast<double>(all.size() - 1);
  for (std::size_t i = 0; i < most; ++i) {
    const double place = last * static_cast<double>(i) / static_cast<double>(most - 1);
    kept.push_back(all[static_cast<std::size_t>(std::llround(place))]);
  }
  return kept;
}

/// Means and standard deviations over runs of one column at `rows`; empty if a run lacks it.
/// `column(run)` returns the column of a run.
template <class Column>
void average(const std::vector<Recorded>& runs, const std::vector<std::vector<std::size_t>>& rows,
             Column column, std::vector<double>& means, std::vector<double>* deviations) {
  if (std::ranges::any_of(runs, [&](const Recorded& run) { return column(run).empty(); })) return;
  std::vector<double> values(runs.size());
  for (const std::vector<std::size_t>& row : rows) {
    for (std::size_t r = 0; r < runs.size(); ++r) values[r] = column(runs[r])[row[r]];
    means.push_back(mean(values));
    if (deviations != nullptr) deviations->push_back(standard_deviation(values));
  }
}

/// The quantities that can be drawn; empty where no number is finite.
void average_learning(const std::vector<Recorded>& runs,
                      const std::vector<std::vector<std::size_t>>& rows, Curve& curve) {
  const std::array<Metric, y_axes.size()> y_metrics{
      Metric::test_accuracy,      train_loss_in(runs),        Metric::train_accuracy,
      Metric::test_loss,          Metric::node_test_accuracy, Metric::worst_test_accuracy,
      Metric::consensus_distance, Metric::nonzero_share};
  for (std::size_t i = 0; i < y_metrics.size(); ++i) {
    std::vector<double>& means = curve.mean[i];
    average(
        runs, rows, [&](const Recorded& run) { return std::span(run.metrics[y_metrics[i]]); },
        means, &curve.sd[i]);
    if (std::ranges::any_of(means, [](double value) { return std::isfinite(value); })) continue;
    means.clear();
    curve.sd[i].clear();
  }
}

std::string note_on(const Series& series, const std::vector<Recorded>& runs, double end) {
  std::string note;
  const auto add = [&](const std::string& words) { note += (note.empty() ? "" : "; ") + words; };
  const auto longer = std::ranges::count_if(runs, [&](const Recorded& run) {
    return run.metrics.rows() > 0 && run.metrics[Metric::iteration].back() > end;
  });
  if (longer > 0) {
    add(fmt::format("ends at iteration {:.0f}, where the first of its {} runs ends", end,
                    runs.size()));
  }
  const auto diverged = std::ranges::count_if(
      series.runs, [](const Run* run) { return run->text("status") == "diverged"; });
  if (diverged > 0) {
    add(fmt::format("{} of {} runs diverged", diverged, series.runs.size()));
  }
  if (std::ranges::any_of(runs, [](const Recorded& run) { return run.uplink.with_server; })) {
    add("its uplink time is inferred, since an older gradwire wrote its metrics.csv, and includes "
        "the server's handling of uploads");
  }
  if (train_loss_in(runs) == Metric::train_loss && !runs[0].metrics[Metric::train_loss].empty()) {
    add("its training loss is the running mean of each epoch, since an older gradwire wrote its "
        "metrics.csv");
  }
  return note;
}

}  // namespace

std::vector<PanelCurves> curves_of(const Study& study, std::size_t most_points) {
  std::size_t series = 0;
  for (const Panel& panel : study.panels) series += panel.series.size();
  const std::size_t each =
      std::clamp<std::size_t>(most_points / std::max<std::size_t>(1, series), 20, 400);
  std::vector<PanelCurves> all;
  for (const Panel& panel : study.panels) {
    all.push_back({.panel = &panel});
    for (const Series& s : panel.series) all.back().curves.push_back(curve_of(s, each));
  }
  return all;
}

Curve curve_of(const Series& series, std::size_t most_points) {
  Curve curve;
  std::vector<Recorded> runs;
  for (const Run* run : series.runs) {
    std::error_code ignored;
    if (run->folder.empty() || !std::filesystem::exists(run->folder / "metrics.csv", ignored)) {
      curve.note = fmt::format("no curve: run {} has no metrics.csv", run->id);
      return curve;
    }
    try {
      runs.push_back(recorded(*run));
    } catch (const InputError& error) {
      curve.note = fmt::format("no curve: {}", error.what());
      return curve;
    }
  }
  const auto rows = thinned(common_rows(runs), most_points);
  if (rows.empty()) {
    curve.note = "no curve: its runs have no iteration in common";
    return curve;
  }
  curve.runs = runs.size();
  for (const XColumn& column : x_columns) {
    average(
        runs, rows, [&](const Recorded& run) { return std::span(run.metrics[column.metric]); },
        curve.x[column.axis], nullptr);
  }
  average(
      runs, rows, [](const Recorded& run) { return std::span(run.uplink.at_rows); },
      curve.x[uplink_axis], nullptr);
  const bool learned =
      std::ranges::none_of(series.runs, [](const Run* run) { return run->is_synthesized(); });
  if (learned) average_learning(runs, rows, curve);
  curve.note = note_on(series, runs, curve.x[0].back());
  return curve;
}

}  // namespace gradwire::analysis
