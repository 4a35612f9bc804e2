#include "analysis/figures/graph_layout.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace gradwire::analysis {
namespace {

using Node = GraphDrawing::Node;
using Piece = GraphDrawing::Piece;

constexpr double circle_radius = 0.46;

std::vector<Node> on_circle(std::size_t nodes) {
  std::vector<Node> places;
  for (std::size_t i = 0; i < nodes; ++i) {
    const double angle =
        2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(nodes);
    places.push_back(
        {.x = 0.5 + circle_radius * std::sin(angle), .y = 0.5 - circle_radius * std::cos(angle)});
  }
  return places;
}

std::vector<Node> around_first(std::size_t nodes) {
  std::vector<Node> places{{.x = 0.5, .y = 0.5}};
  const std::vector<Node> others = on_circle(nodes - 1);
  places.insert(places.end(), others.begin(), others.end());
  return places;
}

/// Rows and columns of a torus, as the simulator has them: the rows are the largest divisor that is
/// at most the square root.
struct Grid {
  std::size_t rows, columns;
  explicit Grid(std::size_t nodes)
      : rows(static_cast<std::size_t>(std::sqrt(static_cast<double>(nodes)))) {
    while (rows > 1 && nodes % rows != 0) --rows;
    columns = nodes / std::max<std::size_t>(1, rows);
  }
  [[nodiscard]] double step() const { return 1.0 / static_cast<double>(columns + 1); }
};

std::vector<Node> on_grid(const Grid& grid) {
  std::vector<Node> places;
  const double top = 0.5 - static_cast<double>(grid.rows - 1) / 2.0 * grid.step();
  for (std::size_t row = 0; row < grid.rows; ++row) {
    for (std::size_t column = 0; column < grid.columns; ++column) {
      places.push_back({.x = static_cast<double>(column + 1) * grid.step(),
                        .y = top + static_cast<double>(row) * grid.step()});
    }
  }
  return places;
}

double sign_of(double number) { return number > 0 ? 1.0 : -1.0; }

/// An edge between opposite ends of a row or a column of the grid, as a short piece outwards at
/// each; none if it is of another kind.
std::vector<Piece> open_ends(const Node& a, const Node& b, double step) {
  constexpr double length = 0.6;
  const double across = b.x - a.x, down = b.y - a.y;
  const bool joins_row = std::abs(across) > 1.5 * step;
  if (!joins_row && std::abs(down) <= 1.5 * step) return {};
  const double x = joins_row ? length * step * sign_of(across) : 0.0;
  const double y = joins_row ? 0.0 : length * step * sign_of(down);
  return {{.x1 = a.x, .y1 = a.y, .x2 = a.x - x, .y2 = a.y - y},
          {.x1 = b.x, .y1 = b.y, .x2 = b.x + x, .y2 = b.y + y}};
}

}  // namespace

GraphDrawing lay_out(const NodeGraph& graph, std::string_view kind) {
  const Grid grid(graph.nodes());
  const bool is_grid = kind == "torus" && grid.rows > 1;
  GraphDrawing drawing;
  if (graph.nodes() == 0) return drawing;
  drawing.nodes = is_grid          ? on_grid(grid)
                  : kind == "star" ? around_first(graph.nodes())
                                   : on_circle(graph.nodes());
  const std::set<GraphMessage> all(graph.messages.begin(), graph.messages.end());
  for (const GraphMessage& message : all) {
    const bool goes_both_ways = all.contains({message.to, message.from, message.iteration});
    if (goes_both_ways && message.to < message.from) continue;
    const Node &a = drawing.nodes[message.from], &b = drawing.nodes[message.to];
    std::vector<Piece> pieces = is_grid ? open_ends(a, b, grid.step()) : std::vector<Piece>{};
    if (pieces.empty()) {
      pieces.push_back({.x1 = a.x, .y1 = a.y, .x2 = b.x, .y2 = b.y, .has_arrow = !goes_both_ways});
    }
    for (Piece& piece : pieces) {
      piece.style = message.iteration;
      drawing.pieces.push_back(piece);
    }
  }
  return drawing;
}

}  // namespace gradwire::analysis
