#include "analysis/results/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t longest_shown = 40;

/// For an error message: one line, not too long.
std::string shown(std::string_view text) {
  std::string result(text.substr(0, longest_shown));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  }
  return result + (text.size() > longest_shown ? "..." : "");
}

}  // namespace

std::optional<double> number_in(std::string_view text) {
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

Csv::Csv(std::string text, std::string where) : text_(std::move(text)), where_(std::move(where)) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  if (at_ == text_.size()) throw InputError(where_, "is empty, must begin with a line of names");
  read_row();
  header_.assign(cells_.begin(), cells_.end());
  std::set<std::string> names;
  for (const std::string& name : header_) {
    if (!names.insert(name).second) {
      throw InputError(where_, fmt::format("two columns are named \"{}\"", shown(name)));
    }
  }
}

std::optional<std::size_t> Csv::column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

bool Csv::next() {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
    if (text_[at_++] == '\n') ++next_line_;
  }
  if (at_ >= text_.size()) return false;
  read_row();
  if (cells_.size() != header_.size()) {
    throw InputError(place(),
                     fmt::format("has {} cells, the header has {}", cells_.size(), header_.size()));
  }
  return true;
}

double Csv::number(std::size_t column) const {
  if (cells_[column].empty()) return std::numeric_limits<double>::quiet_NaN();
  if (const auto value = number_in(cells_[column])) return *value;
  throw InputError(place(), fmt::format("column {} must be a number, got \"{}\"", header_[column],
                                        shown(cells_[column])));
}

std::string Csv::place() const { return fmt::format("{}: line {}", where_, line_); }

void Csv::read_row() {
  cells_.clear();
  line_ = next_line_;
  for (;;) {
    if (at_ < text_.size() && text_[at_] == '"') {
      cells_.push_back(read_quoted());
    } else {
      const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      cells_.push_back(std::string_view(text_).substr(at_, end - at_));
      at_ = end;
    }
    if (at_ >= text_.size() || text_[at_] != ',') break;
    ++at_;
  }
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') {
    ++at_;
    ++next_line_;
  } else if (at_ < text_.size()) {
    throw InputError(place(), "a quote ends inside a cell");
  }
}

/// Takes doubled quotes apart in place: what is written never overtakes what is read.
std::string_view Csv::read_quoted() {
  const std::size_t begin = ++at_;
  std::size_t out = begin;
  for (; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
        ++at_;
        return std::string_view(text_).substr(begin, out - begin);
      }
      ++at_;
    }
    if (text_[at_] == '\n') ++next_line_;
    text_[out++] = text_[at_];
  }
  throw InputError(place(), "a quoted cell does not end");
}

}  // namespace gradwire::analysis
