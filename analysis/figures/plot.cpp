#include "analysis/figures/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "analysis/figures/axis.hpp"
#include "analysis/figures/graph_drawing.hpp"
#include "analysis/figures/points.hpp"
#include "analysis/figures/style.hpp"
#include "analysis/results/csv.hpp"

namespace gradwire::analysis {
namespace {

constexpr double small = 8.5, normal = 9.5;  // font sizes, points
constexpr double thin = 0.6, thick = 1.6;    // line widths, points
constexpr std::string_view grid = "#dddddd";
constexpr std::size_t markers_a_line = 8;
constexpr double room = 14.0;  // above points, for their names; below, for those not to scale

/// Range of the values that can be drawn: finite, and above 0 on a log scale.
class Range {
 public:
  explicit Range(bool log) : log_(log) {}
  void add(double value) {
    if (!std::isfinite(value) || (log_ && value <= 0.0)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  void add(const std::vector<double>& values) {
    for (const double value : values) add(value);
  }
  [[nodiscard]] Axis axis(double from, double to) const {
    if (low_ > high_) return {log_ ? 1.0 : 0.0, log_ ? 10.0 : 1.0, log_, from, to};
    return {low_, high_, log_, from, to};
  }

 private:
  bool log_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

Range x_range(const Chart& chart) {
  Range range(chart.log_x);
  for (const Line& line : chart.lines) range.add(line.x);
  for (const Point& point : chart.points) {
    range.add(std::vector{point.x, point.x_low, point.x_high});
  }
  if (!chart.bars.empty()) {
    range.add(0.0);
    range.add(static_cast<double>(chart.bars.size()));
  }
  for (const Activities::Stretch& stretch : chart.activities.stretches) {
    range.add(std::vector{stretch.begin, stretch.end});
  }
  return range;
}

Range y_range(const Chart& chart) {
  Range range(chart.log_y);
  for (const Line& line : chart.lines) {
    range.add(line.y);
    range.add(line.low);
    range.add(line.high);
  }
  for (const Point& point : chart.points) {
    if (point.y < chart.lowest_point) continue;
    range.add(std::vector{point.y, std::max(point.y_low, chart.lowest_point), point.y_high});
  }
  for (const Bar& bar : chart.bars) {
    range.add(bar.value);
    range.add(1.1 * std::max(bar.value, bar.high));  // room for the number above the bar
    range.add(chart.log_y ? bar.low / 3.0 : 0.0);
  }
  for (const Rule& rule : chart.horizontal) range.add(rule.at);
  if (const auto& rows = chart.activities.rows; !rows.empty()) {
    range.add(0.0);
    range.add(static_cast<double>(rows.size()));
  }
  return range;
}

double room_below(const Chart& chart) {
  const bool any = std::ranges::any_of(
      chart.points, [&](const Point& point) { return point.y < chart.lowest_point; });
  return any ? room : 0.0;
}

void set_dashes(const Canvas& canvas, const Style& style) {
  const auto end = std::ranges::find(style.dashes, 0.0);
  cairo_set_dash(canvas.cairo(), style.dashes.data(), static_cast<int>(end - style.dashes.begin()),
                 0.0);
}

class Plot {
 public:
  Plot(const Canvas& canvas, const Chart& chart, const Box& box)
      : canvas_(canvas),
        cr_(canvas.cairo()),
        chart_(chart),
        box_(box),
        x_(x_range(chart).axis(box.x, box.x + box.width)),
        y_(y_range(chart).axis(box.y + box.height - room_below(chart),
                               box.y + (chart.points.empty() ? 0.0 : room))) {}

  void draw() const {
    chart_.activities.rows.empty() ? draw_y_axis() : name_rows();
    chart_.bars.empty() ? draw_x_axis() : name_bars();
    cairo_save(cr_);
    cairo_rectangle(cr_, box_.x, box_.y, box_.width, box_.height);
    cairo_clip(cr_);
    if (!chart_.points.empty()) draw_front(canvas_, chart_.front, x_, y_, box_);
    draw_rules();
    for (const auto& stretch : chart_.activities.stretches) draw_stretch(stretch);
    for (const Line& line : chart_.lines) draw_band(line);
    for (const Line& line : chart_.lines) draw_line(line);
    for (std::size_t i = 0; i < chart_.bars.size(); ++i) draw_bar(i);
    if (!chart_.points.empty()) draw_points(canvas_, chart_, x_, y_, box_, rule_texts());
    cairo_restore(cr_);
    canvas_.colour(ink);
    cairo_set_line_width(cr_, thin);
    cairo_rectangle(cr_, box_.x, box_.y, box_.width, box_.height);
    cairo_stroke(cr_);
    name_axes();
  }

 private:
  [[nodiscard]] double bottom() const { return box_.y + box_.height; }

  void draw_x_axis() const {
    double free_from = -std::numeric_limits<double>::infinity();
    for (const Tick& tick : x_.ticks()) {
      if (!x_.holds(tick.at)) continue;
      const double x = x_(tick.at);
      canvas_.colour(grid);
      if (!tick.label.empty()) canvas_.line(x, box_.y, x, bottom(), thin);
      canvas_.colour(ink);
      canvas_.line(x, bottom(), x, bottom() + (tick.label.empty() ? 2.0 : 4.0), thin);
      const double half = canvas_.text_width(tick.label, small) / 2.0;
      if (tick.label.empty() || x - half < free_from) continue;
      canvas_.text(x, bottom() + 13.0, tick.label, small, Anchor::middle);
      free_from = x + half + 4.0;
    }
  }

  void draw_y_axis() const {
    for (const Tick& tick : y_.ticks()) {
      if (!y_.holds(tick.at)) continue;
      const double y = y_(tick.at);
      canvas_.colour(grid);
      if (!tick.label.empty()) canvas_.line(box_.x, y, box_.x + box_.width, y, thin);
      canvas_.colour(ink);
      canvas_.line(box_.x - (tick.label.empty() ? 2.0 : 4.0), y, box_.x, y, thin);
      canvas_.text(box_.x - 6.0, y + 3.0, tick.label, small, Anchor::end);
    }
  }

  void name_axes() const {
    const double middle = box_.x + box_.width / 2.0;
    canvas_.colour(ink);
    canvas_.text(middle, bottom() + 28.0, chart_.x_title, normal, Anchor::middle);
    canvas_.text(box_.x - 40.0, box_.y + box_.height / 2.0, chart_.y_title, normal, Anchor::middle,
                 true);
    canvas_.text(middle, box_.y - 7.0, chart_.title, normal, Anchor::middle);
  }

  /// Baseline of a horizontal rule's text: above it, or else below.
  [[nodiscard]] double base_of(const Rule& rule) const {
    const double y = y_(rule.at);
    return y - 13.0 > box_.y ? y - 3.0 : y + 12.0;
  }

  [[nodiscard]] std::vector<Box> rule_texts() const {
    std::vector<Box> boxes;
    for (const Rule& rule : chart_.horizontal) {
      boxes.push_back({box_.x + 4.0, base_of(rule) - small, canvas_.text_width(rule.label, small),
                       small + 2.0});
    }
    return boxes;
  }

  void draw_rules() const {
    const double dots[] = {1.0, 2.0};
    cairo_save(cr_);
    cairo_set_dash(cr_, dots, 2, 0.0);
    canvas_.colour("#555555");
    for (const Rule& rule : chart_.horizontal) {
      const double y = y_(rule.at);
      canvas_.line(box_.x, y, box_.x + box_.width, y, 1.0);
      canvas_.text(box_.x + 4.0, base_of(rule), rule.label, small, Anchor::start);
    }
    for (const Rule& rule : chart_.vertical) {
      const double x = x_(rule.at);
      canvas_.line(x, box_.y, x, bottom(), 1.0);
      canvas_.text(x - 3.0, box_.y + 4.0, rule.label, small, Anchor::end, true);
    }
    cairo_restore(cr_);
  }

  [[nodiscard]] bool is_drawable(double x, double y) const {
    return std::isfinite(x) && std::isfinite(y) && (!chart_.log_x || x > 0.0) &&
           (!chart_.log_y || y > 0.0);
  }

  /// Position of a band's edge; the frame where a log scale cannot show the value.
  [[nodiscard]] double edge(double y) const { return chart_.log_y && y <= 0.0 ? bottom() : y_(y); }

  void draw_band(const Line& line) const {
    if (line.low.size() != line.x.size() || line.high.size() != line.x.size()) return;
    canvas_.colour(style_of(line.style).colour, 0.16);
    for (std::size_t i = 0; i + 1 < line.x.size(); ++i) {
      if (!is_drawable(line.x[i], line.y[i]) || !is_drawable(line.x[i + 1], line.y[i + 1]))
        continue;
      if (!(line.high[i] > line.low[i]) && !(line.high[i + 1] > line.low[i + 1])) continue;
      cairo_move_to(cr_, x_(line.x[i]), edge(line.low[i]));
      cairo_line_to(cr_, x_(line.x[i]), edge(line.high[i]));
      cairo_line_to(cr_, x_(line.x[i + 1]), edge(line.high[i + 1]));
      cairo_line_to(cr_, x_(line.x[i + 1]), edge(line.low[i + 1]));
      cairo_close_path(cr_);
    }
    cairo_set_antialias(cr_, CAIRO_ANTIALIAS_NONE);  // neighbouring quadrilaterals share an edge
    cairo_fill(cr_);
    cairo_set_antialias(cr_, CAIRO_ANTIALIAS_DEFAULT);
  }

  void draw_line(const Line& line) const {
    const Style& style = style_of(line.style);
    canvas_.colour(style.colour);
    cairo_set_line_width(cr_, thick);
    cairo_set_line_join(cr_, CAIRO_LINE_JOIN_ROUND);
    set_dashes(canvas_, style);
    bool pen_down = false;
    for (std::size_t i = 0; i < line.x.size(); ++i) {
      const bool here = is_drawable(line.x[i], line.y[i]);
      if (here && pen_down) cairo_line_to(cr_, x_(line.x[i]), y_(line.y[i]));
      if (here && !pen_down) cairo_move_to(cr_, x_(line.x[i]), y_(line.y[i]));
      pen_down = here;
    }
    cairo_stroke(cr_);
    cairo_set_dash(cr_, nullptr, 0, 0.0);
    const std::size_t step =
        chart_.mark_each_point ? 1 : std::max<std::size_t>(1, line.x.size() / markers_a_line);
    for (std::size_t i = chart_.mark_each_point ? 0 : step / 2; i < line.x.size(); i += step) {
      if (is_drawable(line.x[i], line.y[i])) {
        draw_marker(canvas_, x_(line.x[i]), y_(line.y[i]), line.style);
      }
    }
  }

  void draw_bar(std::size_t index) const {
    const Bar& bar = chart_.bars[index];
    if (!is_drawable(1.0, bar.value)) return;
    const double left = x_(static_cast<double>(index) + 0.2);
    const double right = x_(static_cast<double>(index) + 0.8);
    const double top = y_(bar.value);
    canvas_.colour(style_of(bar.style).colour, 0.75);
    cairo_rectangle(cr_, left, top, right - left, bottom() - top);
    cairo_fill(cr_);
    canvas_.colour(ink);
    if (bar.high > bar.low) {
      const double x = (left + right) / 2.0;
      canvas_.line(x, edge(bar.low), x, edge(bar.high), 1.0);
    }
    canvas_.text((left + right) / 2.0, y_(std::max(bar.value, bar.high)) - 3.0,
                 tick_label(number_in(rounded(bar.value)).value_or(bar.value)), small,
                 Anchor::middle);
  }

  static std::string rounded(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g", value);
    return text.data();
  }

  void name_bars() const {
    canvas_.colour(ink);
    for (std::size_t i = 0; i < chart_.bars.size(); ++i) {
      canvas_.text(x_(static_cast<double>(i) + 0.5), bottom() + 13.0, chart_.bars[i].label, small,
                   Anchor::middle);
    }
  }

  /// Position of a share of a row's height, from its top.
  [[nodiscard]] double in_row(std::size_t row, double share) const {
    return y_(static_cast<double>(chart_.activities.rows.size() - row) - share);
  }

  void draw_stretch(const Activities::Stretch& stretch) const {
    const Activities::Kind& kind = chart_.activities.kinds[stretch.kind];
    const double left = x_(stretch.begin), top = in_row(stretch.row, kind.top);
    canvas_.colour(kind.muted ? muted_colour : style_of(kind.style).colour);
    cairo_rectangle(cr_, left, top, x_(stretch.end) - left, in_row(stretch.row, kind.bottom) - top);
    cairo_fill(cr_);
  }

  void name_rows() const {
    canvas_.colour(ink);
    const std::vector<std::string>& rows = chart_.activities.rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      canvas_.text(box_.x - 6.0, in_row(i, 0.5) + 3.0, rows[i], small, Anchor::end);
    }
  }

  const Canvas& canvas_;
  cairo_t* cr_;
  const Chart& chart_;
  Box box_;
  Axis x_, y_;
};

void polygon(cairo_t* cr, double x, double y, double radius, int corners, double turn) {
  for (int i = 0; i < corners; ++i) {
    const double angle = turn + 2.0 * std::numbers::pi * i / corners;
    cairo_line_to(cr, x + radius * std::sin(angle), y - radius * std::cos(angle));
  }
  cairo_close_path(cr);
}

}  // namespace

void draw_marker(const Canvas& canvas, double x, double y, std::size_t style, bool muted) {
  cairo_t* cr = canvas.cairo();
  constexpr double radius = 3.2, quarter = std::numbers::pi / 4.0;
  const std::string_view colour = muted ? muted_colour : style_of(style).colour;
  canvas.colour(colour);
  cairo_new_path(cr);
  switch (style_of(style).shape) {
    case 0:
      cairo_arc(cr, x, y, radius * 0.85, 0.0, 2.0 * std::numbers::pi);
      break;
    case 1:
      polygon(cr, x, y, radius * 1.1, 4, quarter);
      break;
    case 2:
      polygon(cr, x, y, radius * 1.2, 3, 0.0);
      break;
    default:
      polygon(cr, x, y, radius * 1.2, 4, 0.0);
  }
  if (!style_of(style).hollow) {
    cairo_fill(cr);
    return;
  }
  cairo_save(cr);  // hollow
  canvas.colour("#ffffff");
  cairo_fill_preserve(cr);
  canvas.colour(colour);
  cairo_set_line_width(cr, 1.0);
  cairo_stroke(cr);
  cairo_restore(cr);
}

void draw_sample(const Canvas& canvas, double x, double y, double width, std::size_t style) {
  canvas.colour(style_of(style).colour);
  set_dashes(canvas, style_of(style));
  canvas.line(x, y, x + width, y, thick);
  cairo_set_dash(canvas.cairo(), nullptr, 0, 0.0);
  draw_marker(canvas, x + width / 2.0, y, style);
}

void draw_swatch(const Canvas& canvas, double x, double y, double width, std::size_t style,
                 bool muted) {
  constexpr double height = 8.0;
  canvas.colour(muted ? muted_colour : style_of(style).colour);
  cairo_rectangle(canvas.cairo(), x + width / 4.0, y - height / 2.0, width / 2.0, height);
  cairo_fill(canvas.cairo());
}

void draw_chart(const Canvas& canvas, const Chart& chart, const Box& box) {
  if (!chart.graph.nodes.empty()) return draw_graph(canvas, chart, box);
  Plot(canvas, chart, box).draw();
}

}  // namespace gradwire::analysis
