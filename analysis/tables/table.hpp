#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/study/cost.hpp"

namespace gradwire::analysis {

/// A column: what people read, and the columns of the CSV file that hold the same in full.
struct Column {
  std::string title;
  std::vector<std::string> csv;
  bool numeric = true;       ///< set to the right
  bool of_previous = false;  ///< says something about the column before it
};

/// What people read, and as many CSV cells as the column has names.
struct Cell {
  std::string text;
  std::vector<std::string> csv;
};

/// What was learned in a row of a table: rows that agree in group and method differ only in what a
/// replay may change.
struct Learning {
  std::size_t group = 0;
  std::string label;  ///< of the group; empty where there is one
  std::string method;
};

struct Table {
  std::string slug;   ///< file name without ending
  std::string title;  ///< one line
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::vector<std::string> notes;  ///< below the table, a sentence each
  std::size_t keys = 0;            ///< columns at the begin that name the row: setting, method
  std::vector<Learning> learning;  ///< of each row, where the first of two keys is the setting
};

/// How a number is written for people.
enum class Format {
  whole,       ///< 63,200
  scientific,  ///< 8.24e11, four digits
  seconds,     ///< 1,031.8
  hundredths,  ///< 1,031.83
  fraction,    ///< 0.9804
  plain        ///< four digits, whatever it is
};
[[nodiscard]] std::string formatted(double value, Format format);

[[nodiscard]] Cell text_cell(const std::string& text);
[[nodiscard]] Cell number_cell(std::optional<double> value, Format format);

/// "63,200 ± 4,712" of a whole cost; "> 65,120" where runs did not reach the baseline; else what is
/// missing. CSV: mean, sd (empty unless whole), lower bound (where that is all there is).
[[nodiscard]] Cell spread_cell(const Cost& cost, Format format);
[[nodiscard]] std::vector<std::string> spread_columns(const std::string& name);

/// "[58,400, 67,900]": bootstrap over seeds, 95 %. CSV: low, high.
[[nodiscard]] Cell interval_cell(const std::optional<Interval>& interval, Format format);
[[nodiscard]] std::vector<std::string> interval_columns(const std::string& name);

/// "5/5": the runs that have a value, and why others have none. CSV: with a value, runs.
[[nodiscard]] Cell count_cell(const Cost& cost);

/// "38.2 % [36.1, 40.3]". CSV: ratio, low, high, pairs.
[[nodiscard]] Cell ratio_cell(const Ratio& ratio);
[[nodiscard]] std::vector<std::string> ratio_columns(const std::string& name);

}  // namespace gradwire::analysis
