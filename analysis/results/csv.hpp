#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradwire::analysis {

/// Reads a CSV file in memory row by row: RFC 4180, and the variants that spreadsheets write. The
/// separator is the most frequent of comma, semicolon and tab in the header, or the one named by a
/// first line "sep=;". If it is not the comma, numbers may have a decimal comma. Text is UTF-8,
/// UTF-16 with a byte order mark, or, in single lines, Windows-1252. Rows without any text and
/// empty cells beyond the header's last name are skipped. Cells are views into the object.
class Csv {
 public:
  /// Reads the header. `where` (a file) begins every error message. Throws InputError if there is
  /// no header, or if a name appears twice in it.
  Csv(std::string text, std::string where);

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  /// Index of a column, if there is one.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;

  /// Advances to the next row; false after the last. Throws InputError with the line if the row
  /// does not have as many cells as the header, or if quotes do not match; the next call continues
  /// after that row.
  bool next();
  [[nodiscard]] std::string_view cell(std::size_t column) const { return cells_[column]; }
  /// The cell as a number; NaN if it is "nan" or empty. Throws InputError with line and column if
  /// it is neither.
  [[nodiscard]] double number(std::size_t column) const;
  /// Position of the current row, for messages: "FILE: line 7".
  [[nodiscard]] std::string place() const;
  /// One sentence if lines were not UTF-8, else empty.
  [[nodiscard]] std::string note_on_encoding() const;

 private:
  void decode();
  void find_separator();
  void read_header();
  void read_row();
  [[nodiscard]] std::string_view read_quoted();
  [[nodiscard]] std::string_view read_plain();
  bool take_line_end();
  void skip_line();
  [[nodiscard]] bool row_is_empty() const;

  std::string text_;
  std::string where_;
  std::vector<std::string> header_;
  std::vector<std::string_view> cells_;
  std::vector<std::size_t> lines_not_utf8_;
  char separator_ = ',';
  std::size_t at_ = 0;
  std::size_t line_ = 0;  ///< of the current row, counted from 1
  std::size_t next_line_ = 1;
};

/// The whole text as a number, or nothing. "nan" and "inf" are numbers; a magnitude below the least
/// double gives 0, one above the largest gives nothing.
[[nodiscard]] std::optional<double> number_in(std::string_view text);

/// A text for an error message: in quotes, one line, shortened to 40 bytes.
[[nodiscard]] std::string quoted_for_message(std::string_view text);

}  // namespace gradwire::analysis
