#include "sim/learn/data/formats/npy.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "sim/core/printable.hpp"

namespace gradwire::learn {
namespace {

constexpr std::array<std::uint8_t, 6> magic{0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr std::size_t prefix_bytes = magic.size() + 2;  // and the version
constexpr std::uint32_t longest_header = std::uint32_t{1} << 16U;
constexpr std::size_t longest_quote = 60;

/// The dictionary of Python literals that a header is:
/// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
 public:
  HeaderParser(const ByteStream& in, std::uint64_t begin, std::string_view text)
      : in_(in), begin_(begin), text_(text) {}

  ArrayHeader parse() {
    expect('{');
    while (!accept('}')) {
      const std::size_t key_at = position();
      const std::string_view key = quoted();
      expect(':');
      entry(key, key_at);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (position() != text_.size()) fail(at_, "the end of the header");
    if (!type_ || !shape_ || !column_major_) {
      fail(0, "a header with descr, fortran_order and shape");
    }
    return {.type = *type_, .shape = *shape_, .column_major = *column_major_};
  }

 private:
  void entry(std::string_view key, std::size_t key_at) {
    if (key == "descr" && !type_) {
      const std::size_t type_at = position();
      type_ = type_of(quoted(), type_at);
    } else if (key == "fortran_order" && !column_major_) {
      column_major_ = boolean();
    } else if (key == "shape" && !shape_) {
      shape_ = tuple();
    } else {
      fail(key_at, "one of the keys descr, fortran_order and shape");
    }
  }

  /// "<f4": byte order, kind, bytes.
  ElementType type_of(std::string_view name, std::size_t at) const {
    constexpr std::string_view kinds = "buif";
    const auto kind = name.size() == 3 ? kinds.find(name[1]) : std::string_view::npos;
    const int bytes = name.size() == 3 ? name[2] - '0' : 0;
    const bool integer = kind == 1 || kind == 2;
    const bool known = kind != std::string_view::npos &&
                       std::string_view("<>|=").find(name[0]) != std::string_view::npos &&
                       ((kind == 0 && bytes == 1) || (kind == 3 && (bytes == 4 || bytes == 8)) ||
                        (integer && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8)));
    if (!known) fail(at, "elements of float32, float64, (u)int8 to (u)int64 or bool");
    return {
        .kind = static_cast<ElementType::Kind>(kind), .bytes = bytes, .big_endian = name[0] == '>'};
  }

  bool boolean() {
    const std::size_t start = position();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.substr(start).starts_with(word)) continue;
      at_ = start + word.size();
      return value;
    }
    fail(start, "True or False");
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> numbers;
    expect('(');
    while (!accept(')')) {
      const std::size_t start = position();
      std::int64_t number = -1;
      const auto [end, error] =
          std::from_chars(text_.data() + start, text_.data() + text_.size(), number);
      if (error != std::errc() || number < 0) fail(start, "a number of a shape");
      if (numbers.size() == most_axes) fail(start, fmt::format("at most {} axes", most_axes));
      numbers.push_back(number);
      at_ = static_cast<std::size_t>(end - text_.data());
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return numbers;
  }

  std::string_view quoted() {
    const std::size_t start = position();
    const char quote = start < text_.size() ? text_[start] : '\0';
    const std::size_t end =
        quote == '\'' || quote == '"' ? text_.find(quote, start + 1) : std::string_view::npos;
    if (end == std::string_view::npos) fail(start, "a name in quotes");
    at_ = end + 1;
    return text_.substr(start + 1, end - start - 1);
  }

  /// Skips white space.
  std::size_t position() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_;
  }
  bool accept(char c) {
    if (position() >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(at_, fmt::format("'{}'", c));
  }
  [[noreturn]] void fail(std::size_t at, const std::string& expected) const {
    const std::string_view written = text_.substr(0, text_.find_last_not_of(" \n") + 1);
    const std::string found = at < written.size()
                                  ? printable(written.substr(at), longest_quote, Lines::one)
                                  : "the end of the header";
    in_.fail(begin_ + at, fmt::format("expected {}, found {}", expected, found));
  }

  static constexpr std::size_t most_axes = 32;  // as NumPy
  const ByteStream& in_;
  std::uint64_t begin_;  ///< offset of the text
  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<ElementType> type_;
  std::optional<std::vector<std::int64_t>> shape_;
  std::optional<bool> column_major_;
};

/// The length of the header's text: 2 bytes in version 1, else 4, little endian.
std::uint32_t read_length(ByteStream& in, int version) {
  std::array<std::uint8_t, 4> bytes{};
  in.read(std::span(bytes).first(version == 1 ? 2 : 4), "header length");
  return std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8U | std::uint32_t{bytes[2]} << 16U |
         std::uint32_t{bytes[3]} << 24U;
}

}  // namespace

ArrayHeader read_npy_header(ByteStream& in) {
  std::array<std::uint8_t, prefix_bytes> prefix{};
  in.read(prefix, "magic string and version");
  if (!std::equal(magic.begin(), magic.end(), prefix.begin())) {
    in.fail(0, "expected the magic string \\x93NUMPY of an array of NumPy");
  }
  const int version = prefix[magic.size()];
  if (version < 1 || version > 3) {
    in.fail(magic.size(), fmt::format("expected the format version 1, 2 or 3, found {}", version));
  }
  const std::uint32_t length = read_length(in, version);
  if (length > longest_header) {
    in.fail(prefix_bytes,
            fmt::format("expected a header of at most {} bytes, found {}", longest_header, length));
  }
  const std::uint64_t begin = in.offset();
  const std::vector<std::uint8_t> text = in.read(length, "header");
  const std::string_view view(reinterpret_cast<const char*>(text.data()), text.size());
  const ArrayHeader header = HeaderParser(in, begin, view).parse();
  expect_entries(in, header, begin);
  return header;
}

}  // namespace gradwire::learn
