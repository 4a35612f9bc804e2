#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/learn/data/files/byte_source.hpp"

namespace gradwire::learn {

/// Reads a text file, plain or gzip, line by line. Lines end with LF or CRLF; a byte order mark of
/// UTF-8 is skipped.
class TextReader {
 public:
  explicit TextReader(const std::filesystem::path& file);

  /// Reads the next line into `line`, without its end; false after the last one.
  [[nodiscard]] bool next(std::string& line);
  /// Number of the line read last, from 1.
  [[nodiscard]] std::uint64_t line() const { return line_; }
  /// Throws InputError "FILE: line LINE, column COLUMN: MESSAGE".
  [[noreturn]] void fail(std::uint64_t line, std::uint64_t column,
                         const std::string& message) const;
  /// Throws InputError "FILE: MESSAGE".
  [[noreturn]] void fail(const std::string& message) const;

 private:
  [[nodiscard]] bool refill();

  ByteSource in_;
  std::vector<std::uint8_t> block_;
  std::size_t at_ = 0;   ///< in the block
  std::size_t end_ = 0;  ///< of the block
  std::uint64_t line_ = 0;
};

/// The finite number in decimal notation that makes up the whole text, as NumPy reads it; nullopt
/// for other texts.
[[nodiscard]] std::optional<double> number_in(std::string_view text);

/// The same rounded to single precision; nullopt also for a number beyond its range.
[[nodiscard]] std::optional<float> single_in(std::string_view text);

/// Text of a file in an error: in quotes, shortened, safe for a terminal.
[[nodiscard]] std::string quoted_text(std::string_view text);

}  // namespace gradwire::learn
