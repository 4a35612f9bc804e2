#pragma once

#include <limits>
#include <string>
#include <vector>

namespace gradwire::analysis {

/// A line with its band. The vectors have equal lengths; `low` and `high` may be empty; NaN
/// interrupts the line.
struct Line {
  std::string label;
  std::size_t style = 0;  ///< colour, dashes and marker; the same for a method in every figure
  std::vector<double> x, y, low, high;
};

/// A bar from zero, with its spread from `low` to `high`.
struct Bar {
  std::string label;
  std::size_t style = 0;
  double value = 0.0, low = 0.0, high = 0.0;
};

/// A reference line across the plot: the baseline, or the value at which two methods cost the same.
struct Rule {
  double at = 0.0;
  std::string label;
};

/// A measurement with its name beside it, and its spread in both directions.
struct Point {
  std::string label;
  std::size_t style = 0;
  double x = 0.0, y = 0.0, x_low = 0.0, x_high = 0.0, y_low = 0.0, y_high = 0.0;
  bool muted = false;  ///< grey, and named only where the others leave room
};

/// The best y for at most x: a line in steps, from each of its points to the right and up to the
/// next, and from the last one to the frame. The vectors have equal lengths and ascend.
struct Steps {
  std::vector<double> x, y;
};

/// Nodes and edges of a graph, in a square of side 1 with y downwards.
struct GraphDrawing {
  struct Node {
    double x = 0.0, y = 0.0;
    std::string label;  ///< inside its circle; empty: none
    std::size_t style = 0;
  };
  /// A straight piece of an edge.
  struct Piece {
    double x1 = 0.0, y1 = 0.0, x2 = 0.0, y2 = 0.0;
    std::size_t style = 0;
    bool has_arrow = false;  ///< at its end, which is a node's place
  };
  std::vector<Node> nodes;
  std::vector<Piece> pieces;
  double node_radius = 3.0, line_width = 0.8;  ///< points
  double line_alpha = 0.8;                     ///< opacity
};

/// Activities along the x axis, in rows from the top.
struct Activities {
  struct Kind {
    std::string label;
    std::size_t style = 0;
    double top = 0.1, bottom = 0.9;  ///< of its bars, as shares of a row
    bool muted = false;              ///< grey
  };
  struct Stretch {
    std::size_t row = 0;
    std::size_t kind = 0;
    double begin = 0.0, end = 0.0;
  };
  std::vector<std::string> rows;  ///< their names
  std::vector<Kind> kinds;        ///< of the legend
  std::vector<Stretch> stretches;
};

/// A pair of axes with lines, points or bars; or, without axes, a graph. Axis titles include units.
struct Chart {
  std::string title, x_title, y_title;
  bool log_x = false, log_y = false;
  bool mark_each_point = false;  ///< for few measured points instead of a curve
  std::vector<Line> lines;
  std::vector<Point> points;
  Steps front;
  /// Points below are drawn at the lower edge, with their y beside their names.
  double lowest_point = -std::numeric_limits<double>::infinity();
  std::vector<Bar> bars;
  std::vector<Rule> horizontal, vertical;
  Activities activities;  ///< their rows take the place of the y axis
  GraphDrawing graph;  ///< drawn in place of axes if it has nodes; its legend: lines without points
};

/// Charts side by side, or in rows, with one legend.
struct Figure {
  std::string slug;         ///< file name without extension
  std::string title;        ///< one line
  std::string description;  ///< alternative text: what the figure shows
  std::vector<Chart> charts;
  std::size_t columns = 0;                           ///< charts in a row; 0: all of them
  double chart_width = 300.0, chart_height = 210.0;  ///< points, of each chart with its titles
};

/// The bytes of an SVG file; deterministic. Text is drawn as outlines, so viewing needs no font.
[[nodiscard]] std::string to_svg(const Figure& figure);
/// The bytes of a PNG file. `dots_per_point`: 2 suits screens, 4 print.
[[nodiscard]] std::string to_png(const Figure& figure, double dots_per_point = 2.0);

}  // namespace gradwire::analysis
