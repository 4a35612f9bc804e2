#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradwire::analysis {

/// A CSV file in memory, row by row: RFC 4180, also with plain line feeds; blank lines are skipped.
/// The cells point into the object.
class Csv {
 public:
  /// Reads the header. `where` (a file) opens every error. Throws InputError if there is no header,
  /// or if a name appears twice in it.
  Csv(std::string text, std::string where);

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  /// Where a column stands, if it is there.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;

  /// Goes to the next row; false behind the last. Throws InputError with the line if the row has
  /// not as many cells as the header, or if a quoted cell does not end.
  bool next();
  [[nodiscard]] std::string_view cell(std::size_t column) const { return cells_[column]; }
  /// The cell as a number: NaN if it says so or is empty. Throws InputError with line and column.
  [[nodiscard]] double number(std::size_t column) const;
  /// "FILE: line 7".
  [[nodiscard]] std::string place() const;

 private:
  void read_row();
  std::string_view read_quoted();

  std::string text_;
  std::string where_;
  std::vector<std::string> header_;
  std::vector<std::string_view> cells_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;  ///< of the current row, from 1
  std::size_t next_line_ = 1;
};

/// The whole text as a number ("nan" and "inf" are numbers), or nothing.
[[nodiscard]] std::optional<double> number_in(std::string_view text);

}  // namespace gradwire::analysis
