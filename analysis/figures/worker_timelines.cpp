#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/figures/figures.hpp"
#include "analysis/results/csv.hpp"

// What workers do over simulated time: compute, communicate, wait.

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_workers = 12;
constexpr std::size_t most_workers_charts = 8;
constexpr std::string_view of_worker = "worker ", of_pushes = "pushes of worker ";

/// A track of the timeline as a row of the chart.
struct Track {
  std::size_t row = 0;
  bool is_beside = false;  ///< what moves beside the worker's other activities
};

/// The rows: the server's if it has activities of its own, and the first workers'.
class Rows {
 public:
  explicit Rows(const Timeline& timeline) {
    has_server_ = kind_of(timeline, "apply").has_value();
    if (has_server_) names_.emplace_back("server");
    for (std::size_t t = 0; t < timeline.tracks.size(); ++t) {
      const std::string_view name = timeline.tracks[t];
      if (name == "server" && has_server_) tracks_[static_cast<int>(t)] = {};
      if (name.starts_with(of_worker)) add(t, name, of_worker.size());
      if (name.starts_with(of_pushes))
        add(t, name.substr(of_pushes.size() - of_worker.size()), of_worker.size(), true);
    }
  }

  static std::optional<int> kind_of(const Timeline& timeline, std::string_view name) {
    const auto found = std::ranges::find(timeline.kinds, name);
    if (found == timeline.kinds.end()) return std::nullopt;
    return static_cast<int>(found - timeline.kinds.begin());
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// Null for a track that is not drawn.
  [[nodiscard]] const Track* of(int track) const {
    const auto found = tracks_.find(track);
    return found == tracks_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] bool is_worker(std::size_t row) const { return row > 0 || !has_server_; }
  [[nodiscard]] std::size_t workers() const { return workers_; }

 private:
  void add(std::size_t track, std::string_view name, std::size_t prefix, bool is_beside = false) {
    const auto worker = number_in(name.substr(prefix));
    if (!worker || *worker < 0) return;
    if (!is_beside) ++workers_;
    if (*worker >= most_workers) return;
    auto row = std::ranges::find(names_, name);
    if (row == names_.end()) row = names_.insert(row, std::string(name));
    tracks_[static_cast<int>(track)] = {static_cast<std::size_t>(row - names_.begin()), is_beside};
  }

  bool has_server_ = false;
  std::size_t workers_ = 0;
  std::vector<std::string> names_;
  std::map<int, Track> tracks_;
};

/// Iterations without one missing, from the first on.
std::int64_t last_in_a_row(const Timeline& timeline) {
  std::int64_t last = timeline.iterations.front();
  for (const std::int64_t t : timeline.iterations) {
    if (t > last + 1) break;
    last = t;
  }
  return last;
}

/// When the last recorded activity of each row ends; one under way at the end is not recorded.
std::map<std::size_t, double> recorded_until(const Timeline& timeline, const Rows& rows) {
  std::map<std::size_t, double> ends;
  for (const Span& span : timeline.spans) {
    const Track* track = rows.of(span.track);
    if (track == nullptr) continue;
    double& end = ends[track->row];
    end = std::max(end, span.begin + span.duration);
  }
  return ends;
}

/// The time until the slowest worker has computed three times; sooner if that is thirty times of
/// another one, or the recording ends.
double end_of_window(const Timeline& timeline, const Rows& rows) {
  constexpr std::size_t of_slowest = 3, of_fastest = 30;
  const auto compute = Rows::kind_of(timeline, "compute");
  const std::int64_t last = last_in_a_row(timeline);
  std::map<std::size_t, std::vector<double>> ends;
  double recorded = 0.0;
  for (const Span& span : timeline.spans) {
    const Track* track = rows.of(span.track);
    if (track == nullptr || span.iteration > last) continue;
    recorded = std::max(recorded, span.begin + span.duration);
    if (span.kind == compute && !track->is_beside) {
      ends[track->row].push_back(span.begin + span.duration);
    }
  }
  double enough = 0.0, most = std::numeric_limits<double>::infinity();
  for (auto& [row, dates] : ends) {
    std::ranges::sort(dates);
    enough = std::max(enough, dates[std::min(of_slowest, dates.size()) - 1]);
    if (dates.size() > of_fastest) most = std::min(most, dates[of_fastest]);
  }
  return enough > 0.0 ? std::min(enough, most) : recorded;
}

/// In the colours of the page.
Activities::Kind kind_named(const std::string& name, bool has_pushes) {
  constexpr std::size_t black = 0, blue = 1, vermilion = 2, green = 3, purple = 4, orange = 5;
  static const std::map<std::string, std::size_t, std::less<>> styles{
      {"compute", blue},       {"upload", vermilion},     {"push", vermilion},
      {"messages", vermilion}, {"collective", vermilion}, {"fetch", green},
      {"broadcast", green},    {"skip flag", purple},     {"apply", black}};
  const auto found = styles.find(name);
  Activities::Kind kind{.label = name, .style = found == styles.end() ? orange : found->second};
  if (has_pushes) kind.bottom = 0.6;
  if (name == "push") kind.top = 0.66;
  if (name == "push") kind.bottom = 0.9;
  return kind;
}

Chart chart_of(const Timeline& timeline, const std::string& title) {
  const Rows rows(timeline);
  Chart chart{.title = title, .x_title = "Simulated time (s)"};
  chart.activities.rows = rows.names();
  const double end = end_of_window(timeline, rows);
  std::vector<Activities::Kind>& kinds = chart.activities.kinds;
  const bool has_pushes = Rows::kind_of(timeline, "push").has_value();
  const double middle = has_pushes ? 0.35 : 0.5;
  kinds.push_back({.label = "wait", .top = middle - 0.03, .bottom = middle + 0.03, .muted = true});
  for (const auto& [row, until] : recorded_until(timeline, rows)) {
    if (rows.is_worker(row)) {
      chart.activities.stretches.push_back({row, 0, 0.0, std::min(until, end)});
    }
  }
  std::map<int, std::size_t> places;
  for (const Span& span : timeline.spans) {
    const Track* track = rows.of(span.track);
    const std::string& name = timeline.kinds[static_cast<std::size_t>(span.kind)];
    if (track == nullptr || span.begin >= end || name == "wait" || name == "missed") continue;
    const auto [place, is_new] = places.emplace(span.kind, kinds.size());
    if (is_new) kinds.push_back(kind_named(name, has_pushes));
    chart.activities.stretches.push_back(
        {track->row, place->second, span.begin, std::min(span.begin + span.duration, end)});
  }
  return chart;
}

const RunTimeline* first_of(const Series& series, std::span<const RunTimeline> timelines) {
  for (const Run* run : series.runs) {
    const auto found = std::ranges::find(timelines, run, &RunTimeline::run);
    if (found != timelines.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

void add_worker_timelines(const Study& study, std::span<const RunTimeline> timelines,
                          Figures& figures) {
  Figure figure{.slug = "worker-timelines",
                .title = "What the workers do over simulated time",
                .chart_width = 420.0};
  std::size_t rows = 0;
  for (const Panel& panel : study.panels) {
    for (const Series& series : panel.series) {
      const RunTimeline* recorded = first_of(series, timelines);
      if (recorded == nullptr || figure.charts.size() == most_workers_charts) continue;
      Chart chart =
          chart_of(recorded->timeline,
                   panel.label.empty() ? series.label : panel.label + ", " + series.label);
      rows = std::max(rows, chart.activities.rows.size());
      const std::size_t workers = Rows(recorded->timeline).workers();
      figure.description += fmt::format("{}: {} of {} workers. ", chart.title,
                                        std::min(workers, most_workers), workers);
      figure.charts.push_back(std::move(chart));
    }
  }
  if (figure.charts.empty()) return;
  figure.columns = std::min<std::size_t>(figure.charts.size(), 2);
  figure.chart_height = 60.0 + 15.0 * static_cast<double>(std::max<std::size_t>(rows, 4));
  figure.description +=
      "A row per worker, from the start until the slowest has computed three times: what it "
      "computes "
      "and communicates; the grey line is waiting, and ends where nothing more was recorded. "
      "Pushes "
      "move beside the rest.";
  figures.drawn.push_back(std::move(figure));
}

}  // namespace gradwire::analysis
