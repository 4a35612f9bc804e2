#include "sim/learn/data/formats/csv_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gradwire::learn {
namespace {

constexpr std::array separators{',', ';', '\t'};

}  // namespace

void CsvRecords::fail(std::size_t cell, const std::string& message) const {
  in_.fail(first_line_, cell + 1, message);
}

bool CsvRecords::next() {
  do {
    if (!in_.next(text_)) return false;
  } while (text_.empty());
  first_line_ = in_.line();
  if (separator_ == '\0') separator_ = detect_separator();
  split();
  return true;
}

char CsvRecords::detect_separator() const {
  std::array<std::size_t, separators.size()> counts{};
  bool quoted = false;
  for (const char c : text_) {
    if (c == '"') quoted = !quoted;
    for (std::size_t i = 0; i < separators.size(); ++i) {
      if (!quoted && c == separators[i]) ++counts[i];
    }
  }
  return separators[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

void CsvRecords::split() {
  count_ = 0;
  for (std::size_t at = 0;; ++at) {
    if (count_ == cells_.size()) cells_.emplace_back();
    at = read_cell(at, cells_[count_]);
    ++count_;
    if (at == text_.size()) break;
  }
  cells_.resize(count_);
}

std::size_t CsvRecords::read_cell(std::size_t at, std::string& cell) {
  cell.clear();
  if (at < text_.size() && text_[at] == '"') return read_quoted(at, cell);
  const std::size_t end = std::min(text_.find(separator_, at), text_.size());
  cell.assign(text_, at, end - at);
  if (cell.find('"') != std::string::npos) {
    fail(count_,
         fmt::format("expected a quote at the begin of a cell only, found {}", quoted_text(cell)));
  }
  return end;
}

std::size_t CsvRecords::read_quoted(std::size_t at, std::string& cell) {
  std::string line;
  for (++at;;) {
    const std::size_t quote = text_.find('"', at);
    if (quote == std::string::npos) {
      cell.append(text_, at);
      if (!in_.next(line)) fail(count_, "the file ends within this quoted cell");
      cell += '\n';
      text_ = line;
      at = 0;
      continue;
    }
    cell.append(text_, at, quote - at);
    at = quote + 1;
    if (at == text_.size() || text_[at] == separator_) return at;
    if (text_[at] != '"') {
      fail(count_, fmt::format("expected the end of the cell after its closing quote, found {}",
                               quoted_text(std::string_view(text_).substr(at))));
    }
    cell += '"';
    ++at;
  }
}

}  // namespace gradwire::learn
