#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/figures/style.hpp"
#include "analysis/page/page.hpp"
#include "analysis/results/csv.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_spans = 60'000;

/// Rounds to seven significant digits: beyond what a plot can show, and half the size.
Json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::round(value) && std::abs(value) < 1e7) return static_cast<std::int64_t>(value);
  return number_in(fmt::format("{:.7g}", value)).value_or(value);
}

Json rounded(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(rounded(value));
  return list;
}

/// Serialises JSON; invalid UTF-8 becomes U+FFFD.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Stores each distinct value once, in a list; others refer to it by its index.
class Shared {
 public:
  [[nodiscard]] std::size_t place_of(Json value) {
    const auto [known, is_new] = places_.emplace(text_of(value), list_.size());
    if (is_new) list_.push_back(std::move(value));
    return known->second;
  }
  [[nodiscard]] Json take() { return std::move(list_); }

 private:
  std::map<std::string, std::size_t> places_;
  Json list_ = Json::array();
};

/// Index in `columns` of each list: settings that differ in time only share the other columns.
template <class Lists>
Json places_of(const Lists& lists, Shared& columns) {
  Json places = Json::array();
  for (const auto& list : lists) places.push_back(columns.place_of(rounded(list)));
  return places;
}

template <class Axes>
Json axes_json(const Axes& axes) {
  Json list = Json::array();
  for (const auto& axis : axes) list.push_back({{"key", axis.key}, {"title", axis.title}});
  return list;
}

Json styles_json() {
  Json list = Json::array();
  for (const Style& style : all_styles) {
    Json dash = Json::array();
    for (const double length : style.dashes) {
      if (length > 0.0) dash.push_back(length);
    }
    list.push_back({{"colour", style.colour}, {"dash", dash}});
  }
  return list;
}

Json panel_json(const PanelCurves& curves, const StyleMap& style_of_label, Shared& columns) {
  Json series = Json::array();
  for (std::size_t i = 0; i < curves.curves.size(); ++i) {
    const Curve& curve = curves.curves[i];
    const std::string& label = curves.panel->series[i].label;
    series.push_back({{"label", label},
                      {"style", style_of_label.at(label)},
                      {"runs", curve.runs},
                      {"note", curve.note},
                      {"x", places_of(curve.x, columns)},
                      {"mean", places_of(curve.mean, columns)},
                      {"sd", places_of(curve.sd, columns)}});
  }
  const Run& run = curves.panel->any();
  Json baseline;
  if (const auto above = run.number("baseline.above")) {
    baseline = {{"metric", run.text("baseline.metric")}, {"above", *above}};
  }
  return {{"label", curves.panel->label}, {"baseline", baseline}, {"series", series}};
}

/// Index in `members` of each member of a scenario, as [name, value]; null if the scenario is
/// unknown.
Json members_of(const Json& scenario, Shared& members) {
  if (!scenario.is_object()) return nullptr;
  Json places = Json::array();
  for (const auto& [key, value] : scenario.items()) {
    places.push_back(members.place_of(Json::array({key, value})));
  }
  return places;
}

using Labels = std::map<const Run*, std::string>;

void label_runs(const Panel& panel, const std::string& setting, Labels& labels) {
  for (const Series& series : panel.series) {
    for (const Run* run : series.runs) {
      labels[run] = series.label + setting + (panel.model.empty() ? "" : ", " + panel.model);
    }
  }
}

Labels labels_of(const Study& study) {
  Labels labels;
  for (const Panel& panel : study.panels) {
    const std::string setting = panel.label.empty() ? "" : ", " + panel.label;
    label_runs(panel, setting, labels);
    for (const Panel& other_network_models : panel.other_network_models)
      label_runs(other_network_models, setting, labels);
  }
  return labels;
}

Json timeline_json(const Timeline& timeline, const Run& run, const std::string& label) {
  Json spans = Json::array();
  for (const Span& s : timeline.spans) {
    if (spans.size() == most_spans) break;
    spans.push_back({s.iteration, s.track, s.kind, s.begin, s.duration, s.bytes});
  }
  return {{"run", run.id},
          {"label", fmt::format("{}, seed {} ({})", label, run.seed(), run.id)},
          {"tracks", timeline.tracks},
          {"kinds", timeline.kinds},
          {"iterations", timeline.iterations},
          {"recorded", timeline.recorded},
          {"spans", spans}};
}

Json timelines_json(const std::vector<RunTimeline>& timelines, const Labels& labels) {
  Json list = Json::array();
  for (const auto& [run, timeline] : timelines) {
    list.push_back(timeline_json(timeline, *run, labels.at(run)));
  }
  return list;
}

}  // namespace

std::string repeat_command(const Run& run) {
  if (run.scenario.is_null()) return "";
  std::string path = (run.folder / "scenario.json").string();
  const bool plain = path.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=") ==
                     std::string::npos;
  if (!plain) {
    for (std::size_t at = path.find('\''); at != std::string::npos; at = path.find('\'', at + 4)) {
      path.replace(at, 1, "'\\''");
    }
    path = "'" + path + "'";
  }
  return "gradwire run " + path;
}

std::string page_data(const PageContent& content) {
  const auto labels = labels_of(content.study);
  const StyleMap style_of_label = styles_of(content.study);
  Json panels = Json::array(), runs = Json::array();
  Shared columns, members;
  for (const PanelCurves& curves : content.curves) {
    panels.push_back(panel_json(curves, style_of_label, columns));
  }
  for (const Run& run : content.results.runs) {
    runs.push_back({{"id", run.id},
                    {"label", labels.at(&run)},
                    {"seed", run.seed()},
                    {"command", repeat_command(run)},
                    {"scenario", members_of(run.scenario, members)}});
  }
  const Json data = {{"x", axes_json(x_axes)},
                     {"y", axes_json(y_axes)},
                     {"styles", styles_json()},
                     {"columns", columns.take()},
                     {"panels", panels},
                     {"members", members.take()},
                     {"runs", runs},
                     {"timelines", timelines_json(content.timelines, labels)}};
  std::string text = text_of(data);
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
    text.replace(at, 1, "\\u003c");  // no text in the data can end the <script> element
  }
  return text;
}

}  // namespace gradwire::analysis
