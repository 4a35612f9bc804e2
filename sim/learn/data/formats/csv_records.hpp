#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/learn/data/formats/text_reader.hpp"

namespace gradwire::learn {

/// Reads the records of a CSV file (RFC 4180; plain or gzip): cells between separators, in quotes
/// or not; a quoted cell may contain separators, line ends and doubled quotes. Empty lines are
/// skipped. The separator is the one of comma, semicolon and tab that is most frequent in the first
/// record.
class CsvRecords {
 public:
  explicit CsvRecords(const std::filesystem::path& file) : in_(file) {}

  /// Reads the next record; false after the last one.
  [[nodiscard]] bool next();
  [[nodiscard]] const std::vector<std::string>& cells() const { return cells_; }
  /// Throws InputError at a cell of the record, counted from 0; its column is counted from 1.
  [[noreturn]] void fail(std::size_t cell, const std::string& message) const;
  /// Throws InputError "FILE: MESSAGE".
  [[noreturn]] void fail(const std::string& message) const { in_.fail(message); }

 private:
  void split();
  /// Reads the cell that begins at `at`; returns the position after it, at a separator or the end.
  std::size_t read_cell(std::size_t at, std::string& cell);
  std::size_t read_quoted(std::size_t at, std::string& cell);
  [[nodiscard]] char detect_separator() const;

  TextReader in_;
  std::string text_;  ///< of the record
  std::uint64_t first_line_ = 0;
  char separator_ = '\0';  ///< '\0' before the first record
  std::vector<std::string> cells_;
  std::size_t count_ = 0;  ///< cells read so far
};

}  // namespace gradwire::learn
