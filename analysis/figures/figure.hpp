#pragma once

#include <string>
#include <vector>

namespace gradwire::analysis {

/// One line with its band. Vectors have equal lengths; NaN interrupts the line; `low` and `high`
/// may be empty.
struct Line {
  std::string label;
  std::size_t style = 0;  ///< colour, dashes and marker: the same method has the same everywhere
  std::vector<double> x, y, low, high;
};

/// One bar, from zero, with its spread.
struct Bar {
  std::string label;
  std::size_t style = 0;
  double value = 0.0, low = 0.0, high = 0.0;
};

/// A line across the plot: the baseline, or where two methods cost the same.
struct Rule {
  double at = 0.0;
  std::string label;
};

/// One pair of axes, holding lines or bars. Titles carry their units.
struct Chart {
  std::string title, x_title, y_title;
  bool log_x = false, log_y = false;
  bool mark_each_point = false;  ///< few measured points, rather than a curve
  std::vector<Line> lines;
  std::vector<Bar> bars;
  std::vector<Rule> horizontal, vertical;
};

/// Charts side by side under one legend.
struct Figure {
  std::string slug;         ///< file name without ending
  std::string title;        ///< one line
  std::string description;  ///< what there is to see, for people who do not: alternative text
  std::vector<Chart> charts;
};

/// A file's bytes; deterministic. Letters are drawn as outlines, so no font is needed to read it.
[[nodiscard]] std::string to_svg(const Figure& figure);
/// `dots_per_point`: 2 is fit for screens, 4 for print.
[[nodiscard]] std::string to_png(const Figure& figure, double dots_per_point = 2.0);

}  // namespace gradwire::analysis
