#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/study/cost.hpp"

namespace gradwire::analysis {

/// A column as displayed, and the columns of the CSV file that hold the same in full.
struct Column {
  std::string title;
  std::vector<std::string> csv;
  bool numeric = true;       ///< right-aligned
  bool of_previous = false;  ///< qualifies the column before it
};

/// The displayed text, and one CSV cell per name in Column::csv.
struct Cell {
  std::string text;
  std::vector<std::string> csv;
};

/// What was learned in the runs of a row: rows with the same group and method differ only in
/// settings that a replay may change.
struct Learning {
  std::size_t group = 0;
  std::string label;  ///< of the group; empty if there is only one
  std::string method;
};

struct Table {
  std::string slug;   ///< file name without extension
  std::string title;  ///< one line
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::vector<std::string> notes;  ///< below the table, one sentence each
  std::size_t keys = 0;            ///< leading columns that name the row: setting, method
  std::vector<Learning> learning;  ///< [rows], if the first of two keys is the setting
};

/// Formats of displayed numbers.
enum class Format {
  whole,       ///< 63,200
  scientific,  ///< 8.24e11, four digits
  seconds,     ///< 1,031.8
  hundredths,  ///< 1,031.83
  fraction,    ///< 0.9804
  plain        ///< four significant digits
};
[[nodiscard]] std::string formatted(double value, Format format);

[[nodiscard]] Cell text_cell(const std::string& text);
[[nodiscard]] Cell number_cell(std::optional<double> value, Format format);

/// "63,200 ± 4,712" of a whole cost; "> 65,120" if runs did not reach the baseline; else "–". CSV:
/// mean, sd (empty unless whole), lower bound (empty unless that is all there is).
[[nodiscard]] Cell spread_cell(const Cost& cost, Format format);
[[nodiscard]] std::vector<std::string> spread_columns(const std::string& name);

/// "[58,400, 67,900]": 95 % bootstrap interval over seeds. CSV: low, high.
[[nodiscard]] Cell interval_cell(const std::optional<Interval>& interval, Format format);
[[nodiscard]] std::vector<std::string> interval_columns(const std::string& name);

/// "5/5": the number of runs with a value, of all runs, and why others have none. CSV: runs with a
/// value, runs.
[[nodiscard]] Cell count_cell(const Cost& cost);

/// "1.010": the mean of a whole cost as a multiple of a published number. CSV: the same in full.
[[nodiscard]] Cell multiple_cell(const Cost& cost, std::optional<double> published);

/// "38.2 % [36.1, 40.3]". CSV: ratio, low, high, pairs.
[[nodiscard]] Cell ratio_cell(const Ratio& ratio);
[[nodiscard]] std::vector<std::string> ratio_columns(const std::string& name);

}  // namespace gradwire::analysis
