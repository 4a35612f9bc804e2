#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradwire::analysis {

/// A CSV file in memory, row by row: RFC 4180, and what spreadsheets make of it. The separator is
/// the comma, semicolon or tab that the header has most of, or what a first line "sep=;" names.
/// Where it is not the comma, numbers may have a decimal comma. Text is UTF-8, UTF-16 with its
/// byte order mark, or in single lines Windows-1252. Rows without any text are skipped, and so are
/// empty cells beyond the header's last name. The cells point into the object.
class Csv {
 public:
  /// Reads the header. `where` (a file) begins every error. Throws InputError if there is no
  /// header, or if a name appears twice in it.
  Csv(std::string text, std::string where);

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  /// Where a column stands, if it is there.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;

  /// Goes to the next row; false behind the last. Throws InputError with the line if the row has
  /// not as many cells as the header, or if quotes do not match; the next call continues behind it.
  bool next();
  [[nodiscard]] std::string_view cell(std::size_t column) const { return cells_[column]; }
  /// The cell as a number: NaN if it says so or is empty. Throws InputError with line and column.
  [[nodiscard]] double number(std::size_t column) const;
  /// "FILE: line 7".
  [[nodiscard]] std::string place() const;
  /// One sentence where lines were not UTF-8, else empty.
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
  std::size_t line_ = 0;  ///< of the current row, from 1
  std::size_t next_line_ = 1;
};

/// The whole text as a number ("nan" and "inf" are numbers; below the least double it is 0), or
/// nothing.
[[nodiscard]] std::optional<double> number_in(std::string_view text);

/// For an error message: one line, not too long, in quotes.
[[nodiscard]] std::string quoted_for_message(std::string_view text);

}  // namespace gradwire::analysis
