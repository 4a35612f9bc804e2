#include "analysis/figures/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "analysis/figures/plot.hpp"
#include "analysis/tables/render.hpp"

namespace gradwire::analysis {
namespace {

constexpr double margin_left = 56.0, margin_right = 16.0, margin_top = 24.0, margin_bottom = 36.0;
constexpr double sample_width = 28.0, legend_gap = 18.0, row_height = 16.0, letters = 9.5;

struct Entry {
  std::string label;
  std::size_t style;
  bool is_swatch;  ///< a colour, of what has no line
  bool muted = false;
  double width = 0.0;
};

std::vector<Entry> legend_of(const Figure& figure, const Canvas& measure) {
  std::vector<Entry> entries;
  const auto add = [&](Entry entry) {
    if (std::ranges::count(entries, entry.label, &Entry::label) > 0) return;
    entry.width = sample_width + 6.0 + measure.text_width(entry.label, letters) + legend_gap;
    entries.push_back(std::move(entry));
  };
  for (const Chart& chart : figure.charts) {
    for (const Line& line : chart.lines) {
      add({line.label, line.style, !chart.graph.nodes.empty()});
    }
    for (const Activities::Kind& kind : chart.activities.kinds) {
      add({kind.label, kind.style, true, kind.muted});
    }
  }
  return entries;
}

/// Breaks the entries into rows of at most `width` points.
std::vector<std::vector<Entry>> wrapped(const std::vector<Entry>& entries, double width) {
  std::vector<std::vector<Entry>> rows;
  double used = width;
  for (const Entry& entry : entries) {
    if (used + entry.width > width) {
      rows.emplace_back();
      used = 0.0;
    }
    rows.back().push_back(entry);
    used += entry.width;
  }
  return rows;
}

void draw_legend(const Canvas& canvas, const std::vector<std::vector<Entry>>& rows, double width,
                 double y) {
  for (const std::vector<Entry>& row : rows) {
    double used = -legend_gap;
    for (const Entry& entry : row) used += entry.width;
    double x = std::max(4.0, (width - used) / 2.0);
    for (const Entry& entry : row) {
      entry.is_swatch ? draw_swatch(canvas, x, y - 3.0, sample_width, entry.style, entry.muted)
                      : draw_sample(canvas, x, y - 3.0, sample_width, entry.style);
      canvas.colour("#222222");
      canvas.text(x + sample_width + 6.0, y, entry.label, letters, Anchor::start);
      x += entry.width;
    }
    y += row_height;
  }
}

std::string drawn(const Figure& figure, Canvas::Kind kind, double dots_per_point) {
  const std::size_t columns =
      figure.columns > 0 ? std::min(figure.columns, figure.charts.size()) : figure.charts.size();
  const std::size_t chart_rows = (figure.charts.size() + columns - 1) / columns;
  const double width = figure.chart_width * static_cast<double>(columns);
  const double charts_height = figure.chart_height * static_cast<double>(chart_rows);
  const Canvas measure(Canvas::Kind::svg, 1.0, 1.0, 1.0);
  const auto rows = wrapped(legend_of(figure, measure), width - 8.0);
  const double height = charts_height + row_height * static_cast<double>(rows.size());
  Canvas canvas(kind, width, height, dots_per_point);
  for (std::size_t i = 0; i < figure.charts.size(); ++i) {
    draw_chart(canvas, figure.charts[i],
               {.x = figure.chart_width * static_cast<double>(i % columns) + margin_left,
                .y = figure.chart_height * static_cast<double>(i / columns) + margin_top,
                .width = figure.chart_width - margin_left - margin_right,
                .height = figure.chart_height - margin_top - margin_bottom});
  }
  draw_legend(canvas, rows, width, charts_height + 8.0);
  return canvas.finish();
}

/// Removes cairo's surface number, which would make the second drawing of a process differ from the
/// first.
std::string without_counter(std::string svg) {
  constexpr std::string_view counted = "id=\"surface";
  const std::size_t at = svg.find(counted);
  if (at == std::string::npos) return svg;
  const std::size_t digits = at + counted.size();
  return svg.erase(digits, svg.find('"', digits) - digits);
}

/// Rounds coordinates of outlines to two decimals of a point: finer than a printer resolves, and
/// half the size of the six decimals that cairo writes.
std::string with_short_outlines(const std::string& svg) {
  constexpr std::string_view outline = " d=\"";
  std::string result;
  result.reserve(svg.size());
  std::size_t at = 0;
  const auto is_digit = [&](std::size_t i) {
    return i < svg.size() && std::isdigit(static_cast<unsigned char>(svg[i])) != 0;
  };
  while (at < svg.size()) {
    const std::size_t begin = std::min(svg.find(outline, at), svg.size());
    const std::size_t end = begin == svg.size() ? begin : svg.find('"', begin + outline.size());
    result.append(svg, at, std::min(begin + outline.size(), svg.size()) - at);
    for (at = std::min(begin + outline.size(), svg.size()); at < end;) {
      std::size_t stop = at;
      while (is_digit(stop) || svg[stop] == '.') ++stop;
      if (stop == at) {
        result += svg[at++];
        continue;
      }
      result += fmt::format("{}", std::round(std::stod(svg.substr(at, stop - at)) * 100.0) / 100.0);
      at = stop;
    }
  }
  return result;
}

}  // namespace

std::string to_svg(const Figure& figure) {
  std::string svg = with_short_outlines(without_counter(drawn(figure, Canvas::Kind::svg, 1.0)));
  const std::size_t tag = svg.find("<svg");
  const std::size_t end = tag == std::string::npos ? tag : svg.find('>', tag);
  if (end == std::string::npos) return svg;
  svg.insert(end + 1, "\n<title>" + escape_xml(figure.title) + "</title>\n<desc>" +
                          escape_xml(figure.description) + "</desc>");
  svg.insert(tag + 4, " role=\"img\"");
  return svg;
}

std::string to_png(const Figure& figure, double dots_per_point) {
  return drawn(figure, Canvas::Kind::png, dots_per_point);
}

}  // namespace gradwire::analysis
