#include "sim/learn/data/formats/text_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "sim/core/error.hpp"
#include "sim/core/printable.hpp"
#include "sim/learn/data/files/byte_stream.hpp"

namespace gradwire::learn {
namespace {}  // namespace

TextReader::TextReader(const std::filesystem::path& file) : in_(file), block_(read_block_bytes) {}

bool TextReader::refill() {
  at_ = 0;
  end_ = in_.fill(block_);
  return end_ > 0;
}

bool TextReader::next(std::string& line) {
  line.clear();
  if (at_ == end_ && !refill()) return false;
  for (;;) {
    const auto first = block_.begin() + static_cast<std::ptrdiff_t>(at_);
    const auto last = block_.begin() + static_cast<std::ptrdiff_t>(end_);
    const auto newline = std::find(first, last, std::uint8_t{'\n'});
    line.append(first, newline);
    at_ = static_cast<std::size_t>(newline - block_.begin());
    if (newline != last) {
      ++at_;
      break;
    }
    if (!refill()) break;
  }
  if (line.ends_with('\r')) line.pop_back();
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (++line_ == 1 && line.starts_with(mark)) line.erase(0, mark.size());
  return true;
}

void TextReader::fail(std::uint64_t line, std::uint64_t column, const std::string& message) const {
  throw InputError(in_.name(), fmt::format("line {}, column {}: {}", line, column, message));
}

void TextReader::fail(const std::string& message) const { throw InputError(in_.name(), message); }

std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  // from_chars() leaves the number alone where it rounds to zero or to infinity.
  if (error == std::errc::result_out_of_range)
    number = std::strtod(std::string(text).c_str(), nullptr);
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<float> single_in(std::string_view text) {
  const std::optional<double> number = number_in(text);
  if (!number || std::abs(*number) > std::numeric_limits<float>::max()) return std::nullopt;
  return static_cast<float>(*number);
}

std::string quoted_text(std::string_view text) {
  constexpr std::size_t longest = 40;
  return fmt::format("\"{}\"", printable(text, longest, Lines::one));
}

}  // namespace gradwire::learn
