#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "analysis/figures/graph_layout.hpp"
#include "analysis/figures/parts.hpp"
#include "analysis/figures/same_curves.hpp"
#include "analysis/figures/setting_notes.hpp"
#include "analysis/results/graph.hpp"
#include "analysis/study/curve.hpp"
#include "sim/core/error.hpp"

// Decentralised methods, whose nodes have models of their own: who exchanges messages with whom,
// how far the models are from each other, and how much worse a single node is than their mean.

namespace gradwire::analysis {
namespace {

constexpr std::size_t epochs_axis = x_axis("epoch"), time_axis = x_axis("simulated_seconds");
constexpr std::size_t mean_model = y_axis("test_accuracy"),
                      mean_of_nodes = y_axis("node_test_accuracy"),
                      worst_node = y_axis("worst_test_accuracy"),
                      consensus = y_axis("consensus_distance"), nonzero = y_axis("nonzero_share");
constexpr std::size_t most_graphs = 12, most_settings = 12;

// Graphs

/// A graph that runs share.
struct SharedGraph {
  NodeGraph graph;
  const Run* run = nullptr;  ///< the first that has it
  std::size_t settings = 1;  ///< number of settings with it
};

std::string number_text(const Run& run, const std::string& column, std::string_view words) {
  const auto number = run.number(column);
  return number && std::isfinite(*number) ? fmt::format(", {} {:.3g}", words, *number) : "";
}

/// "erdos_renyi, resampled, probability 0.4".
std::string name_of(const SharedGraph& shared) {
  const Run& run = *shared.run;
  std::string words(run.text("protocol.topology.kind"));
  if (run.text("protocol.topology.directed") == "true") words += ", directed";
  const std::string_view schedule = run.text("protocol.topology.schedule");
  if (!schedule.empty() && schedule != "fixed") words += fmt::format(", {}", schedule);
  return words + number_text(run, "protocol.topology.degree", "degree") +
         number_text(run, "protocol.topology.probability", "probability");
}

/// "10 nodes, spectral gap 0.21".
std::string size_of(const SharedGraph& shared) {
  return fmt::format("{} nodes", shared.graph.nodes()) +
         number_text(*shared.run, "graph.spectral_gap", "spectral gap");
}

std::string words_of(const SharedGraph& shared) { return name_of(shared) + ", " + size_of(shared); }

/// The graph of the panel's first run; none if it has no such file. A damaged one becomes a note.
std::optional<SharedGraph> graph_of(const Panel& panel, std::vector<std::string>& notes) {
  const Run& run = panel.any();
  const std::filesystem::path file = run.folder / "graph.csv";
  std::error_code ignored;
  if (run.folder.empty() || !std::filesystem::exists(file, ignored)) return std::nullopt;
  const auto nodes = run.number("workers");
  if (!nodes || !(*nodes >= 1 && *nodes <= 1e6)) return std::nullopt;
  try {
    return SharedGraph{.graph = read_graph(file, static_cast<std::size_t>(*nodes)), .run = &run};
  } catch (const InputError& error) {
    notes.push_back(fmt::format("Not drawn: a graph: {}.", error.what()));
    return std::nullopt;
  }
}

/// The graphs of all panels, each once.
std::vector<SharedGraph> graphs_of(const Study& study, std::vector<std::string>& notes) {
  std::vector<SharedGraph> all;
  for (const Panel& panel : study.panels) {
    std::optional<SharedGraph> here = graph_of(panel, notes);
    if (!here) continue;
    const auto known = std::ranges::find_if(all, [&](const SharedGraph& shared) {
      return shared.graph == here->graph && words_of(shared) == words_of(*here);
    });
    known == all.end() ? all.push_back(std::move(*here)) : void(++known->settings);
  }
  return all;
}

/// Styles of what a legend names: one each, from `first`.
class GraphLegend {
 public:
  GraphLegend(Chart& chart, std::size_t first) : chart_(chart), first_(first) {}
  std::size_t style_of(const std::string& label) {
    const auto known = std::ranges::find(chart_.lines, label, &Line::label);
    if (known != chart_.lines.end()) return known->style;
    chart_.lines.push_back({.label = label, .style = first_ + chart_.lines.size()});
    return chart_.lines.back().style;
  }

 private:
  Chart& chart_;
  std::size_t first_;
};

constexpr std::size_t edge_style = 0, node_style = 1;  // of black and blue

/// Colours the nodes by their zones, if there are several and few.
void colour_nodes(const NodeGraph& graph, Chart& chart) {
  constexpr std::size_t most_zones = 6;
  const std::set<std::string> zones(graph.zones.begin(), graph.zones.end());
  const bool has_sites = zones.size() > 1 && zones.size() <= most_zones;
  GraphLegend legend(chart, node_style);
  for (std::size_t node = 0; node < graph.nodes(); ++node) {
    chart.graph.nodes[node].style =
        has_sites ? legend.style_of("zone " + graph.zones[node]) : node_style;
  }
}

/// Colours the edges by the iteration of their messages; of many iterations only the first.
void colour_edges(const NodeGraph& graph, Chart& chart) {
  constexpr std::size_t most_iterations = 6;
  std::set<std::size_t> iterations;
  for (const GraphMessage& message : graph.messages) iterations.insert(message.iteration);
  const bool is_fixed = iterations.size() < 2;
  const bool has_many = iterations.size() > most_iterations;
  if (has_many) chart.x_title += fmt::format("; first {} iterations", iterations.size());
  GraphLegend legend(chart, node_style + 1);
  const auto style_of = [&](std::size_t iteration) {
    if (is_fixed) return edge_style;
    if (!has_many || iteration == *iterations.begin()) {
      return legend.style_of(fmt::format("iteration {}", iteration));
    }
    return edge_style;
  };
  for (GraphDrawing::Piece& piece : chart.graph.pieces) piece.style = style_of(piece.style);
  // What stands out comes last, and so on top.
  std::ranges::stable_partition(
      chart.graph.pieces, [&](const auto& piece) { return has_many && piece.style == edge_style; });
}

/// Keeps at most so many pieces, evenly spread. Returns whether it left any out.
bool thin_out(std::vector<GraphDrawing::Piece>& pieces) {
  constexpr std::size_t most_pieces = 10'000;
  if (pieces.size() <= most_pieces) return false;
  const std::size_t all = pieces.size();
  for (std::size_t i = 0; i < most_pieces; ++i) pieces[i] = pieces[i * all / most_pieces];
  pieces.resize(most_pieces);
  return true;
}

/// Thin and pale lines where many cross.
void set_lines(std::size_t pieces, bool may_cross, GraphDrawing& drawing) {
  constexpr double few = 100.0;
  const double share = std::min(1.0, std::sqrt(few / static_cast<double>(pieces)));
  drawing.line_width = may_cross ? std::max(0.2, 0.9 * share) : std::max(0.4, 0.9 * share);
  drawing.line_alpha = may_cross ? std::max(0.2, 0.8 * share) : 0.8;
}

Chart graph_chart(const SharedGraph& shared) {
  constexpr std::size_t most_labels = 32;
  const NodeGraph& graph = shared.graph;
  Chart chart{.title = name_of(shared),
              .x_title = size_of(shared),
              .graph = lay_out(graph, shared.run->text("protocol.topology.kind"))};
  const std::size_t pieces = chart.graph.pieces.size();
  if (thin_out(chart.graph.pieces)) {
    chart.x_title += fmt::format("; {} of {} edges", chart.graph.pieces.size(), pieces);
  }
  colour_nodes(graph, chart);
  colour_edges(graph, chart);
  const bool has_labels = graph.nodes() <= most_labels;
  const auto nodes = static_cast<double>(graph.nodes());
  chart.graph.node_radius = has_labels ? 7.0 : std::clamp(300.0 / nodes, 0.9, 5.0);
  set_lines(pieces, shared.run->text("protocol.topology.kind") != "torus", chart.graph);
  for (std::size_t i = 0; has_labels && i < graph.nodes(); ++i) {
    chart.graph.nodes[i].label = std::to_string(i);
  }
  for (GraphDrawing::Piece& piece : chart.graph.pieces) {
    piece.has_arrow = piece.has_arrow && has_labels;
  }
  return chart;
}

void add_graphs(const Study& study, Figures& figures) {
  std::vector<SharedGraph> graphs = graphs_of(study, figures.notes);
  if (graphs.empty()) return;
  if (graphs.size() > most_graphs) {
    figures.notes.push_back(
        fmt::format("The first {} of {} graphs are drawn.", most_graphs, graphs.size()));
    graphs.resize(most_graphs);
  }
  const bool is_large = std::ranges::any_of(
      graphs, [](const SharedGraph& shared) { return shared.graph.nodes() > 100; });
  const double side = is_large ? 440.0 : 300.0;
  Figure figure{.slug = "graph",
                .title = "Who exchanges messages with whom",
                .columns = std::min<std::size_t>(graphs.size(), 3),
                .chart_width = side,
                .chart_height = side};
  for (const SharedGraph& shared : graphs) {
    figure.charts.push_back(graph_chart(shared));
    figure.description += fmt::format("{} ({} setting{}). ", words_of(shared), shared.settings,
                                      shared.settings == 1 ? "" : "s");
  }
  figure.description +=
      "Numbers are nodes. A random graph is that of the first seed; of a torus, open ends join the "
      "opposite side.";
  figures.drawn.push_back(std::move(figure));
}

// Consensus and accuracy

bool has_nodes(const PanelCurves& curves) {
  return std::ranges::any_of(curves.curves,
                             [](const Curve& curve) { return !curve.mean[consensus].empty(); });
}

/// Whether a method of the panel makes models sparse.
bool has_l1(const Panel& panel) {
  return std::ranges::any_of(panel.series, [](const Series& series) {
    return series.runs.front()->number("algorithm.l1").value_or(0) > 0;
  });
}

Chart consensus_chart(const PanelCurves& curves, const StyleMap& styles, std::size_t x) {
  Chart chart = curve_chart(curves, styles, x, consensus);
  chart.log_y = true;
  return chart;
}

/// The mean model's accuracy, with a band from that of the worst node to the mean over nodes.
Chart accuracy_chart(const PanelCurves& curves, const StyleMap& styles, std::size_t x) {
  Chart chart = curve_chart(curves, styles, x, mean_model);
  for (Line& line : chart.lines) {
    const auto& series = curves.panel->series;
    const auto at = std::ranges::find(series, line.label, &Series::label) - series.begin();
    const Curve& curve = curves.curves[static_cast<std::size_t>(at)];
    line.low = curve.mean[worst_node];
    line.high = curve.mean[mean_of_nodes];
  }
  return chart;
}

/// The label of a setting for a narrow chart: names of settings without their outer objects.
std::string short_label(const std::string& label) {
  constexpr std::size_t most_letters = 60;
  std::string words;
  for (std::size_t begin = 0; begin < label.size();) {
    const std::size_t end = std::min(label.find(", ", begin), label.size());
    const std::string part = label.substr(begin, end - begin);
    const std::size_t name_end = part.find(' ');
    const std::size_t last = part.rfind('.', name_end);
    const std::size_t cut =
        last == std::string::npos || last == 0 ? last : part.rfind('.', last - 1);
    words += (words.empty() ? "" : ", ") + part.substr(cut == std::string::npos ? 0 : cut + 1);
    begin = end + 2;
  }
  if (words.size() > most_letters) words = words.substr(0, most_letters) + "...";
  return words;
}

/// The charts of one setting, and what they end at; `words` begins each sentence.
void add_charts_of_nodes(const PanelCurves& curves, const StyleMap& styles, std::size_t x,
                         const std::string& words, Figure& figure) {
  std::string title = short_label(curves.panel->label);
  const auto add = [&](Chart chart, const char* what) {
    if (chart.lines.empty()) return;
    chart.title = std::exchange(title, "");  // of the first
    figure.description += fmt::format("{}{}, ending at: {}. ", words, what, ends_of(chart));
    figure.charts.push_back(std::move(chart));
  };
  add(consensus_chart(curves, styles, x), "Distance to consensus");
  add(accuracy_chart(curves, styles, x), "Test accuracy of the mean model");
}

constexpr const char* bands_of_nodes =
    "Bands: from the accuracy of the worst node to the mean over nodes, which may both lie below "
    "the "
    "mean model's. With several seeds, all are means over them.";

/// Against epochs: one figure for all settings with the same learning.
void add_by_epochs(const std::vector<SameCurves>& all, const StyleMap& styles, Figures& figures) {
  std::size_t drawn = 0;
  for (const SameCurves& same : all) {
    const PanelCurves& curves = *same.panels.front();
    if (!has_nodes(curves) || drawn == most_settings) continue;
    ++drawn;
    Figure figure{.slug = joined_slug("nodes-epochs", same.slug),
                  .title = "Consensus and accuracy of nodes against epochs" + title_suffix(same)};
    add_charts_of_nodes(curves, styles, epochs_axis, "", figure);
    if (has_l1(*curves.panel)) {
      Chart chart = curve_chart(curves, styles, epochs_axis, nonzero);
      figure.description +=
          fmt::format("Share of entries that are not 0, ending at: {}. ", ends_of(chart));
      figure.charts.push_back(std::move(chart));
    }
    for (Chart& chart : figure.charts) chart.title.clear();  // it stands in the figure's
    figure.description += bands_of_nodes;
    figures.drawn.push_back(std::move(figure));
  }
}

/// Against simulated time: one figure, with a row for each setting.
void add_by_time(const std::vector<PanelCurves>& all, const StyleMap& styles, Figures& figures) {
  Figure figure{.slug = "nodes-seconds",
                .title = "Consensus and accuracy of nodes against simulated time",
                .columns = 2};
  std::size_t settings = 0;
  for (const PanelCurves& curves : all) {
    if (!has_nodes(curves)) continue;
    if (++settings > most_settings) continue;
    const std::string& label = curves.panel->label;
    add_charts_of_nodes(curves, styles, time_axis, label.empty() ? "" : label + ": ", figure);
  }
  if (figure.charts.empty()) return;
  if (settings > most_settings) {
    figures.notes.push_back(
        fmt::format("Consensus and accuracy of nodes of the first {} of {} settings only; the page "
                    "has them all.",
                    most_settings, settings));
  }
  figure.description += bands_of_nodes;
  figures.drawn.push_back(std::move(figure));
}

}  // namespace

void add_gossip(const Study& study, const std::vector<PanelCurves>& curves, const StyleMap& styles,
                Figures& figures) {
  add_graphs(study, figures);
  add_by_epochs(same_curves(study, curves), styles, figures);
  add_by_time(curves, styles, figures);
}

}  // namespace gradwire::analysis
