#include "analysis/figures/points.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "analysis/figures/labels.hpp"
#include "analysis/figures/style.hpp"

namespace gradwire::analysis {
namespace {

constexpr double letters = 8.5, line_height = 10.0;  // points
constexpr double descent = 2.2;                      // of letters below their base line
constexpr std::string_view front_colour = "#333333", beaten_area = "#eef1f4";

/// The pieces of a front's line, in points of the drawing.
std::vector<Segment> segments_of(const Steps& front, const Axis& x_axis, const Axis& y_axis,
                                 const Box& box) {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < front.x.size(); ++i) {
    const double x = x_axis(front.x[i]), y = y_axis(front.y[i]);
    const bool is_last = i + 1 == front.x.size();
    const double end = is_last ? box.x + box.width : x_axis(front.x[i + 1]);
    segments.push_back({x, y, end, y});
    if (!is_last) segments.push_back({end, y, end, y_axis(front.y[i + 1])});
  }
  return segments;
}

void trace(cairo_t* cr, const std::vector<Segment>& line) {
  cairo_new_path(cr);
  cairo_move_to(cr, line.front().x1, line.front().y1);
  for (const Segment& piece : line) cairo_line_to(cr, piece.x2, piece.y2);
}

class Points {
 public:
  Points(const Canvas& canvas, const Chart& chart, const Axis& x, const Axis& y, const Box& box)
      : canvas_(canvas), chart_(chart), x_(x), y_(y), box_(box) {
    for (const bool muted : {false, true}) {
      for (const Point& point : chart.points) {
        if (point.muted == muted && can_be_drawn(point)) points_.push_back(&point);
      }
    }
  }

  void draw(const std::vector<Box>& texts) const {
    for (const Point* point : points_) draw_spread(*point);
    for (auto point = points_.rbegin(); point != points_.rend(); ++point) draw_mark(**point);
    draw_names(texts);
  }

 private:
  [[nodiscard]] bool can_be_drawn(const Point& point) const {
    return std::isfinite(point.x) && std::isfinite(point.y) && (!chart_.log_x || point.x > 0.0) &&
           (!chart_.log_y || point.y > 0.0);
  }
  [[nodiscard]] bool is_below(const Point& point) const { return point.y < chart_.lowest_point; }

  [[nodiscard]] double height_of(const Point& point) const {
    return is_below(point) ? box_.y + box_.height - marker_radius - 2.0 : y_(point.y);
  }

  /// The marker, or an arrow down to where it would be.
  void draw_mark(const Point& point) const {
    const double x = x_(point.x), y = height_of(point);
    if (!is_below(point)) {
      draw_marker(canvas_, x, y, point.style, point.muted);
      return;
    }
    canvas_.colour(point.muted ? muted_colour : style_of(point.style).colour);
    canvas_.line(x, y - marker_radius, x, y + marker_radius, 1.0);
    canvas_.line(x - 2.5, y + 1.0, x, y + marker_radius, 1.0);
    canvas_.line(x + 2.5, y + 1.0, x, y + marker_radius, 1.0);
  }

  void draw_spread(const Point& point) const {
    if (is_below(point)) return;
    canvas_.colour(point.muted ? muted_colour : style_of(point.style).colour, 0.8);
    const double x = x_(point.x), y = y_(point.y);
    if (point.x_high > point.x_low) canvas_.line(x_(point.x_low), y, x_(point.x_high), y, 0.8);
    if (point.y_high > point.y_low) canvas_.line(x, y_(point.y_low), x, y_(point.y_high), 0.8);
  }

  [[nodiscard]] std::string name_of(const Point& point) const {
    return is_below(point) ? fmt::format("{} {:.3g}", point.label, point.y) : point.label;
  }

  /// What names should not cross: the front and horizontal rules.
  [[nodiscard]] std::vector<Segment> lines() const {
    std::vector<Segment> lines = segments_of(chart_.front, x_, y_, box_);
    for (const Rule& rule : chart_.horizontal) {
      lines.push_back({box_.x, y_(rule.at), box_.x + box_.width, y_(rule.at)});
    }
    return lines;
  }

  void draw_names(const std::vector<Box>& texts) const {
    std::vector<WantedLabel> wanted;
    for (const Point* point : points_) {
      wanted.push_back({.x = x_(point->x),
                        .y = height_of(*point),
                        .width = canvas_.text_width(name_of(*point), letters),
                        .height = line_height,
                        .above = !point->muted});
    }
    const auto placed = place_labels(wanted, box_, lines(), texts);
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (placed[i]) draw_name(*points_[i], *placed[i]);
    }
  }

  void draw_name(const Point& point, const PlacedLabel& label) const {
    if (const auto& leader = label.leader) {
      canvas_.colour(muted_text_colour);
      canvas_.line(leader->x1, leader->y1, leader->x2, leader->y2, 0.5);
    }
    canvas_.colour(point.muted ? muted_text_colour : ink);
    canvas_.text(label.box.x, label.box.y + label.box.height - descent, name_of(point), letters,
                 Anchor::start);
  }

  const Canvas& canvas_;
  const Chart& chart_;
  const Axis &x_, &y_;
  const Box& box_;
  std::vector<const Point*> points_;  ///< muted ones last
};

}  // namespace

void draw_front(const Canvas& canvas, const Steps& front, const Axis& x, const Axis& y,
                const Box& box) {
  const std::vector<Segment> line = segments_of(front, x, y, box);
  if (line.empty()) return;
  cairo_t* cr = canvas.cairo();
  trace(cr, line);
  cairo_line_to(cr, line.back().x2, box.y + box.height);
  cairo_line_to(cr, line.front().x1, box.y + box.height);
  cairo_close_path(cr);
  canvas.colour(beaten_area, 0.6);
  cairo_fill(cr);
  trace(cr, line);
  canvas.colour(front_colour);
  cairo_set_line_width(cr, 1.2);
  cairo_stroke(cr);
}

void draw_points(const Canvas& canvas, const Chart& chart, const Axis& x, const Axis& y,
                 const Box& box, const std::vector<Box>& texts) {
  Points(canvas, chart, x, y, box).draw(texts);
}

}  // namespace gradwire::analysis
