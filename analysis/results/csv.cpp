#include "analysis/results/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

#include "analysis/results/encoding.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t longest_shown = 40;
constexpr std::size_t most_lines_named = 5;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Index of the decimal comma in a number such as "-12,5e3"; npos if the text is not such a number.
std::size_t decimal_comma(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || comma == 0 || comma + 1 == text.size()) {
    return std::string_view::npos;
  }
  if (!is_digit(text[comma - 1]) || !is_digit(text[comma + 1])) return std::string_view::npos;
  std::string with_point(text);
  with_point[comma] = '.';
  return number_in(with_point) ? comma : std::string_view::npos;
}

/// Whether a number outside the range of double is too small rather than too large.
bool underflows(std::string_view number) {
  const std::size_t exponent = number.find_first_of("eE");
  if (exponent != std::string_view::npos) return number[exponent + 1] == '-';
  if (number.starts_with('-')) number.remove_prefix(1);
  return number.starts_with('0') || number.starts_with('.');
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string quoted_for_message(std::string_view text) {
  std::size_t end = std::min(text.size(), longest_shown);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
    --end;  // never cut inside a multi-byte character
  }
  return fmt::format("\"{}{}\"", one_line(text.substr(0, end)), text.size() > end ? "..." : "");
}

std::optional<double> number_in(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc()) return value;
  return underflows(text) ? std::optional(0.0) : std::nullopt;
}

Csv::Csv(std::string text, std::string where) : text_(std::move(text)), where_(std::move(where)) {
  decode();
  while (take_line_end()) {
  }
  if (at_ == text_.size()) throw InputError(where_, "is empty, must begin with a line of names");
  find_separator();
  read_header();
}

void Csv::decode() {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  const bool little = text_.starts_with("\xff\xfe"), big = text_.starts_with("\xfe\xff");
  if (little || big) text_ = from_utf16(std::string_view(text_).substr(2), big);
  if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  if (is_utf8(text_)) return;
  std::string decoded;
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < text_.size(); ++line) {
    const std::size_t end = std::min(text_.find('\n', begin), text_.size() - 1) + 1;
    const std::string_view bytes = std::string_view(text_).substr(begin, end - begin);
    if (!is_utf8(bytes)) lines_not_utf8_.push_back(line);
    decoded += as_utf8(bytes);
    begin = end;
  }
  text_ = std::move(decoded);
}

void Csv::find_separator() {
  const std::string_view rest = std::string_view(text_).substr(at_);
  if (rest.size() > 4 && rest.starts_with("sep=") && rest.find_first_of("\r\n") == 5) {
    separator_ = rest[4];
    at_ += 5;
    take_line_end();
    return;
  }
  std::array<std::size_t, 3> counts{};
  constexpr std::string_view candidates = ",;\t";
  bool quoted = false;
  for (const char c : rest.substr(0, rest.find_first_of("\r\n"))) {
    if (c == '"') quoted = !quoted;
    const std::size_t candidate = candidates.find(c);
    if (!quoted && candidate != std::string_view::npos) ++counts.at(candidate);
  }
  separator_ =
      candidates[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

void Csv::read_header() {
  read_row();
  header_.assign(cells_.begin(), cells_.end());
  while (header_.size() > 1 && header_.back().empty()) header_.pop_back();
  std::set<std::string> names;
  for (const std::string& name : header_) {
    if (!names.insert(name).second) {
      throw InputError(where_, fmt::format("two columns are named {}", quoted_for_message(name)));
    }
  }
}

std::optional<std::size_t> Csv::column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

bool Csv::next() {
  do {
    while (take_line_end()) {
    }
    if (at_ >= text_.size()) return false;
    read_row();
  } while (row_is_empty());
  while (cells_.size() > header_.size() && cells_.back().empty()) cells_.pop_back();
  if (cells_.size() != header_.size()) {
    throw InputError(place(),
                     fmt::format("has {} cells, the header has {}", cells_.size(), header_.size()));
  }
  return true;
}

double Csv::number(std::size_t column) const {
  if (cells_[column].empty()) return std::numeric_limits<double>::quiet_NaN();
  if (const auto value = number_in(cells_[column])) return *value;
  throw InputError(place(),
                   fmt::format("column {} must be a number, got {}", one_line(header_[column]),
                               quoted_for_message(cells_[column])));
}

std::string Csv::place() const { return fmt::format("{}: line {}", where_, line_); }

std::string Csv::note_on_encoding() const {
  if (lines_not_utf8_.empty()) return "";
  const std::size_t count = lines_not_utf8_.size();
  const std::vector<std::size_t> named(
      lines_not_utf8_.begin(),
      lines_not_utf8_.begin() + static_cast<std::ptrdiff_t>(std::min(count, most_lines_named)));
  return fmt::format("{}: line{} {}{} {} not UTF-8; read as Windows-1252 (Latin-1)", where_,
                     count == 1 ? "" : "s", fmt::join(named, ", "),
                     count > named.size() ? fmt::format(" and {} more", count - named.size()) : "",
                     count == 1 ? "is" : "are");
}

void Csv::read_row() {
  cells_.clear();
  line_ = next_line_;
  for (;;) {
    const bool quoted = at_ < text_.size() && text_[at_] == '"';
    cells_.push_back(quoted ? read_quoted() : read_plain());
    if (at_ >= text_.size() || text_[at_] != separator_) break;
    ++at_;
  }
  if (!take_line_end() && at_ < text_.size()) {
    skip_line();
    throw InputError(place(), "a quote ends inside a cell");
  }
}

std::string_view Csv::read_plain() {
  const std::array<char, 3> ends{separator_, '\r', '\n'};
  const std::size_t end =
      std::min(text_.find_first_of(ends.data(), at_, ends.size()), text_.size());
  const std::size_t begin = at_;
  at_ = end;
  const std::string_view cell = trimmed(std::string_view(text_).substr(begin, end - begin));
  if (separator_ == ',') return cell;
  const std::size_t comma = decimal_comma(cell);
  if (comma != std::string_view::npos) {
    text_[static_cast<std::size_t>(cell.data() - text_.data()) + comma] = '.';
  }
  return cell;
}

/// Replaces doubled quotes in place: the write position never overtakes the read position.
std::string_view Csv::read_quoted() {
  const std::size_t begin = ++at_;
  std::size_t out = begin;
  for (; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
        ++at_;
        const std::string_view cell = std::string_view(text_).substr(begin, out - begin);
        const std::size_t comma = separator_ == ',' ? std::string::npos : decimal_comma(cell);
        if (comma != std::string::npos) text_[begin + comma] = '.';
        return cell;
      }
      ++at_;
    }
    if (text_[at_] == '\n') ++next_line_;
    text_[out++] = text_[at_];
  }
  throw InputError(place(), "a quoted cell does not end");
}

/// Skips one line end: LF, CR, or CR LF. Returns whether there was one.
bool Csv::take_line_end() {
  const std::size_t before = at_;
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') ++at_;
  if (at_ > before) ++next_line_;
  return at_ > before;
}

void Csv::skip_line() {
  at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
  take_line_end();
}

bool Csv::row_is_empty() const {
  return std::ranges::all_of(cells_, [](std::string_view cell) { return cell.empty(); });
}

}  // namespace gradwire::analysis
