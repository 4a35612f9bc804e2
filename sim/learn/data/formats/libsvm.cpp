#include "sim/learn/data/formats/libsvm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <string_view>

#include "sim/learn/data/formats/table_forms.hpp"
#include "sim/learn/data/formats/text_reader.hpp"

namespace gradwire::learn {
namespace {

constexpr std::int64_t most_features = std::numeric_limits<std::int32_t>::max();

/// The words of a line, with the column at which each begins.
class Words {
 public:
  explicit Words(std::string_view line) : line_(line.substr(0, line.find('#'))) {}

  /// The next word; empty at the end.
  std::string_view next() {
    constexpr std::string_view space = " \t\r\f\v";
    begin_ = std::min(line_.find_first_not_of(space, at_), line_.size());
    at_ = std::min(line_.find_first_of(space, begin_), line_.size());
    return line_.substr(begin_, at_ - begin_);
  }
  [[nodiscard]] std::uint64_t column() const { return begin_ + 1; }

 private:
  std::string_view line_;
  std::size_t begin_ = 0;
  std::size_t at_ = 0;
};

/// Reads the lines of one file after another into a table.
class LibsvmReader {
 public:
  explicit LibsvmReader(std::optional<std::int64_t> features) : features_(features) {}

  void read(const std::filesystem::path& file) {
    TextReader in(file);
    const std::size_t before = labels_.size();
    std::string line;
    while (in.next(line)) add(in, Words(line));
    if (labels_.size() == before) in.fail("expected lines of a label and INDEX:VALUE, found none");
  }

  Table finish() && {
    rows_.dimension = features_.value_or(std::max<std::int64_t>(largest_, 1));
    return {.shape = {rows_.dimension},
            .values = smaller_form(std::move(rows_)),
            .labels = std::move(labels_),
            .label_names = {}};
  }

 private:
  void add(const TextReader& in, Words words) {
    const std::string_view label = words.next();
    if (label.empty()) return;
    const std::optional<double> number = number_in(label);
    if (!number) {
      in.fail(in.line(), words.column(),
              fmt::format("expected a label, a finite number, found {}", quoted_text(label)));
    }
    labels_.push_back(*number);
    std::int64_t previous = 0;
    for (std::string_view pair = words.next(); !pair.empty(); pair = words.next()) {
      add_pair(in, pair, words.column(), previous);
    }
    rows_.ends.push_back(rows_.values.size());
  }

  void add_pair(const TextReader& in, std::string_view pair, std::uint64_t column,
                std::int64_t& previous) {
    if (pair.starts_with("qid:")) {
      in.fail(in.line(), column, "qid is for ranking, which is not supported");
    }
    const std::size_t colon = std::min(pair.find(':'), pair.size());
    const std::int64_t index = index_in(in, pair.substr(0, colon), column, previous);
    float value = 1.0F;
    if (colon < pair.size()) {
      const std::string_view text = pair.substr(colon + 1);
      const std::optional<float> number = single_in(text);
      if (!number) {
        in.fail(in.line(), column + colon + 1,
                fmt::format("expected a finite number of single precision, found {}",
                            quoted_text(text)));
      }
      value = *number;
    }
    previous = index;
    largest_ = std::max(largest_, index);
    if (value == 0.0F) return;
    rows_.columns.push_back(static_cast<std::uint32_t>(index - 1));
    rows_.values.push_back(value);
  }

  /// The index of a pair, which must be above `previous`.
  std::int64_t index_in(const TextReader& in, std::string_view text, std::uint64_t column,
                        std::int64_t previous) const {
    std::int64_t index = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    const bool is_whole = error != std::errc::invalid_argument && stop == text.data() + text.size();
    if (!is_whole) {
      in.fail(in.line(), column, fmt::format("expected INDEX:VALUE, found {}", quoted_text(text)));
    }
    const std::int64_t most = features_.value_or(most_features);
    const bool overflows = error == std::errc::result_out_of_range;
    if (overflows ? text.front() == '-' : index < 1) {
      in.fail(in.line(), column,
              fmt::format("expected an index of at least 1, found {}", quoted_text(text)));
    }
    if (overflows || index > most) {
      in.fail(in.line(), column,
              fmt::format("expected an index of at most {}, {}, found {}", most,
                          features_ ? "the number of features" : "the largest possible",
                          quoted_text(text)));
    }
    if (index <= previous) {
      in.fail(in.line(), column,
              fmt::format("expected an index above {}, the one before, found {}", previous, index));
    }
    return index;
  }

  std::optional<std::int64_t> features_;
  std::int64_t largest_ = 0;
  SparseRows rows_;
  std::vector<double> labels_;
};

}  // namespace

Table read_libsvm(std::span<const std::filesystem::path> files,
                  std::optional<std::int64_t> features) {
  LibsvmReader reader(features);
  for (const std::filesystem::path& file : files) reader.read(file);
  return std::move(reader).finish();
}

}  // namespace gradwire::learn
