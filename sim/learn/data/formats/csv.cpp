#include "sim/learn/data/formats/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "sim/core/printable.hpp"
#include "sim/learn/data/formats/csv_records.hpp"

namespace gradwire::learn {
namespace {

using Cells = std::vector<std::string>;

/// Number of a column, from 0; nullopt if the text is no such number.
std::optional<std::size_t> column_number(const std::string& text) {
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view without_spaces(std::string_view cell) {
  const std::size_t first = cell.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return cell.substr(first, cell.find_last_not_of(" \t") + 1 - first);
}

bool is_number(const std::string& cell) { return number_in(without_spaces(cell)).has_value(); }

/// Labels as they are read: each distinct text once.
class Labels {
 public:
  void add(const std::string& text) {
    const auto [entry, is_new] = numbers_.emplace(text, numbers_.size());
    labels_.push_back(entry->second);
    all_numbers_ = all_numbers_ && (!is_new || is_number(text));
  }

  void move_into(Table& table) && {
    std::vector<double> value_of(numbers_.size());
    double rank = 0;
    for (const auto& [text, number] : numbers_) {  // in the order of the texts
      value_of[number] = all_numbers_ ? *number_in(without_spaces(text)) : rank++;
      if (!all_numbers_) table.label_names.push_back(text);
    }
    table.labels.reserve(labels_.size());
    for (const std::size_t number : labels_) table.labels.push_back(value_of[number]);
  }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::size_t> labels_;
  bool all_numbers_ = true;
};

class CsvReader {
 public:
  explicit CsvReader(const std::string& label) : label_(label) {}

  void read(const std::filesystem::path& file) {
    CsvRecords in(file);
    if (!in.next()) in.fail("expected records of a label and numbers, found none");
    const Cells first = in.cells();
    begin(in, first);
    const std::size_t before = samples_;
    // The second record decides whether the first one is a header, so that is added after it.
    const bool has_second = in.next();
    const bool is_header = is_header_record(first, has_second ? &in.cells() : nullptr);
    if (!is_header) add_first(file);
    if (has_second) {
      add(in);
      while (in.next()) add(in);
    }
    if (samples_ == before) in.fail("expected records after the header, found none");
  }

  Table finish() && {
    Table table{.shape = {static_cast<std::int64_t>(columns_ - 1)},
                .values = std::move(values_),
                .labels = {},
                .label_names = {}};
    std::move(labels_).move_into(table);
    return table;
  }

 private:
  /// Sets the number of columns and the label's, or checks them against those of the files before.
  void begin(const CsvRecords& in, const Cells& first) {
    if (first.size() < 2) {
      in.fail(0,
              "expected a label and at least one number, separated by comma, semicolon or tab, "
              "found one cell");
    }
    expect_columns(in, columns_ == 0 ? first.size() : columns_);
    columns_ = first.size();
    label_column_ = find_label(in, first);
  }

  [[nodiscard]] std::size_t find_label(const CsvRecords& in, const Cells& first) const {
    if (label_.empty()) return columns_ - 1;
    const std::optional<std::size_t> number = column_number(label_);
    if (!number) return find_name(in, first);
    if (*number >= columns_) {
      in.fail(0, fmt::format("expected the label in column {}, counted from 0, found {} columns",
                             *number, columns_));
    }
    return *number;
  }

  [[nodiscard]] std::size_t find_name(const CsvRecords& in, const Cells& first) const {
    const auto named = std::ranges::find(first, label_);
    if (named != first.end()) return static_cast<std::size_t>(named - first.begin());
    constexpr std::size_t longest = 400;
    in.fail(0,
            fmt::format("expected a column {} in the header, found {}", quoted_text(label_),
                        printable(fmt::format("{}", fmt::join(first, ", ")), longest, Lines::one)));
  }

  [[nodiscard]] bool is_header_record(const Cells& first, const Cells* second) const {
    if (!label_.empty() && !column_number(label_)) return true;
    bool any_number = false;
    for (std::size_t i = 0; i < first.size(); ++i) {
      any_number = any_number || (i != label_column_ && is_number(first[i]));
    }
    if (!any_number) return true;
    return second != nullptr && second->size() == first.size() &&
           !is_number(first[label_column_]) && is_number((*second)[label_column_]);
  }

  void add_first(const std::filesystem::path& file) {
    CsvRecords again(file);
    static_cast<void>(again.next());
    add(again);
  }

  void expect_columns(const CsvRecords& in, std::size_t expected) const {
    const std::size_t found = in.cells().size();
    if (found == expected) return;
    in.fail(std::min(found, expected),
            fmt::format("expected {} cells, as in the first record, found {}", expected, found));
  }

  void add(const CsvRecords& in) {
    expect_columns(in, columns_);
    for (std::size_t i = 0; i < columns_; ++i) {
      const std::string& cell = in.cells()[i];
      if (i == label_column_) {
        if (cell.empty()) in.fail(i, "expected a label, found an empty cell");
        labels_.add(cell);
        continue;
      }
      const std::optional<float> number = single_in(without_spaces(cell));
      if (!number) {
        in.fail(i, fmt::format("expected a finite number of single precision, found {}",
                               cell.empty() ? "an empty cell" : quoted_text(cell)));
      }
      values_.push_back(*number);
    }
    ++samples_;
  }

  const std::string& label_;
  std::size_t columns_ = 0;  ///< 0 before the first file
  std::size_t label_column_ = 0;
  std::size_t samples_ = 0;
  Vector values_;
  Labels labels_;
};

}  // namespace

Table read_csv(std::span<const std::filesystem::path> files, const std::string& label) {
  CsvReader reader(label);
  for (const std::filesystem::path& file : files) reader.read(file);
  return std::move(reader).finish();
}

}  // namespace gradwire::learn
