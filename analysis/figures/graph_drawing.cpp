#include "analysis/figures/graph_drawing.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/figures/style.hpp"

namespace gradwire::analysis {
namespace {

constexpr double title_size = 9.5, arrow_length = 5.0, arrow_half_width = 2.0;  // points

/// A square in the middle of a box.
class Square {
 public:
  explicit Square(const Box& box)
      : side_(std::min(box.width, box.height)),
        left_(box.x + (box.width - side_) / 2.0),
        top_(box.y + (box.height - side_) / 2.0) {}
  [[nodiscard]] double x(double share) const { return left_ + share * side_; }
  [[nodiscard]] double y(double share) const { return top_ + share * side_; }

 private:
  double side_, left_, top_;
};

void draw_arrow(cairo_t* cr, const GraphDrawing::Piece& piece, const Square& square,
                double node_radius) {
  const double x = square.x(piece.x2), y = square.y(piece.y2);
  const double across = x - square.x(piece.x1), down = y - square.y(piece.y1);
  const double length = std::hypot(across, down);
  if (length <= 0.0) return;
  const double dx = across / length, dy = down / length;
  const double tip_x = x - node_radius * dx, tip_y = y - node_radius * dy;
  const double base_x = tip_x - arrow_length * dx, base_y = tip_y - arrow_length * dy;
  cairo_new_path(cr);
  cairo_move_to(cr, tip_x, tip_y);
  cairo_line_to(cr, base_x - arrow_half_width * dy, base_y + arrow_half_width * dx);
  cairo_line_to(cr, base_x + arrow_half_width * dy, base_y - arrow_half_width * dx);
  cairo_close_path(cr);
  cairo_fill(cr);
}

/// The pieces of one style, as one path.
void draw_pieces(const Canvas& canvas, const GraphDrawing& graph, const Square& square,
                 std::size_t style) {
  cairo_t* cr = canvas.cairo();
  const bool stands_out = style != graph.pieces.front().style;
  canvas.colour(style_of(style).colour, stands_out ? 1.0 : graph.line_alpha);
  cairo_set_line_width(cr, graph.line_width);
  cairo_new_path(cr);
  for (const GraphDrawing::Piece& piece : graph.pieces) {
    if (piece.style != style) continue;
    cairo_move_to(cr, square.x(piece.x1), square.y(piece.y1));
    cairo_line_to(cr, square.x(piece.x2), square.y(piece.y2));
  }
  cairo_stroke(cr);
  for (const GraphDrawing::Piece& piece : graph.pieces) {
    if (piece.style == style && piece.has_arrow) draw_arrow(cr, piece, square, graph.node_radius);
  }
}

/// The nodes of one style: dots, as one path.
void draw_dots(const Canvas& canvas, const GraphDrawing& graph, const Square& square,
               std::size_t style) {
  cairo_t* cr = canvas.cairo();
  canvas.colour(style_of(style).colour);
  cairo_save(cr);
  cairo_set_line_width(cr, 2.0 * graph.node_radius);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
  cairo_new_path(cr);
  for (const GraphDrawing::Node& node : graph.nodes) {
    if (node.style != style) continue;
    cairo_move_to(cr, square.x(node.x), square.y(node.y));
    cairo_close_path(cr);
  }
  cairo_stroke(cr);
  cairo_restore(cr);
}

void draw_labels(const Canvas& canvas, const GraphDrawing& graph, const Square& square) {
  const double size = 1.15 * graph.node_radius;
  canvas.colour("#ffffff");
  for (const GraphDrawing::Node& node : graph.nodes) {
    if (node.label.empty()) continue;
    canvas.text(square.x(node.x), square.y(node.y) + 0.36 * size, node.label, size, Anchor::middle);
  }
}

template <class List>
std::vector<std::size_t> styles_in(const List& list) {
  std::vector<std::size_t> styles;
  for (const auto& item : list) {
    if (std::ranges::count(styles, item.style) == 0) styles.push_back(item.style);
  }
  return styles;
}

}  // namespace

void draw_graph(const Canvas& canvas, const Chart& chart, const Box& box) {
  const Square square(box);
  for (const std::size_t style : styles_in(chart.graph.pieces)) {
    draw_pieces(canvas, chart.graph, square, style);
  }
  for (const std::size_t style : styles_in(chart.graph.nodes)) {
    draw_dots(canvas, chart.graph, square, style);
  }
  draw_labels(canvas, chart.graph, square);
  canvas.colour(ink);
  const double middle = box.x + box.width / 2.0;
  canvas.text(middle, box.y - 9.0, chart.title, title_size, Anchor::middle);
  canvas.text(middle, box.y + box.height + 20.0, chart.x_title, title_size, Anchor::middle);
}

}  // namespace gradwire::analysis
