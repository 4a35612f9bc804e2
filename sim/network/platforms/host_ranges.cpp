#include "sim/network/platforms/host_ranges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

#include "sim/core/error.hpp"

namespace gradwire::network {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::size_t most_digits = 18;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  if (text.empty() || text.size() > most_digits) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Range {
  std::uint64_t first, last;
  std::size_t width;  ///< number of digits, with leading zeros
};

/// "3" or "0-99".
std::optional<Range> range_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::string_view begin = text.substr(0, dash);
  const auto first = whole_number(begin);
  const auto last = dash == std::string_view::npos ? first : whole_number(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return Range{*first, *last, begin.size()};
}

[[noreturn]] void refuse(const std::string& pattern) {
  throw InputError(
      "", fmt::format("\"{}\": expected ranges such as node-[0-99] or node-[0-7,12]", pattern));
}

/// A name split at one of its numbers.
struct Numbered {
  std::string before, after, number;
};

std::vector<Numbered> numbers_in(const std::string& name) {
  std::vector<Numbered> found;
  for (std::size_t at = 0; (at = name.find_first_of(digits, at)) != std::string::npos;) {
    const std::size_t end = std::min(name.find_first_not_of(digits, at), name.size());
    if (end - at <= most_digits) {
      found.push_back({name.substr(0, at), name.substr(end), name.substr(at, end - at)});
    }
    at = end;
  }
  return found;
}

/// The number of digits, if the number has leading zeros; else 1.
std::size_t width_of(const std::string& number) {
  return number.size() > 1 && number.front() == '0' ? number.size() : 1;
}

std::string pattern_of(const std::string& before, const std::string& after, std::size_t width,
                       const std::vector<std::uint64_t>& numbers) {
  std::string ranges;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    ranges += fmt::format("{}{:0{}}", ranges.empty() ? "" : ",", numbers[i], width);
    if (end - i > 1) ranges += fmt::format("-{:0{}}", numbers[end - 1], width);
    i = end;
  }
  if (numbers.size() == 1) return before + ranges + after;
  return fmt::format("{}[{}]{}", before, ranges, after);
}

}  // namespace

std::vector<std::string> expand_hosts(const std::string& pattern, std::size_t most) {
  const std::size_t open = pattern.find('[');
  const std::size_t close = pattern.find(']', open == std::string::npos ? 0 : open);
  if (open == std::string::npos && close == std::string::npos) return {pattern};
  if (open == std::string::npos || close == std::string::npos) refuse(pattern);
  const auto tails = expand_hosts(pattern.substr(close + 1), most);
  std::vector<std::string> names;
  const std::string_view inside = std::string_view(pattern).substr(open + 1, close - open - 1);
  for (std::size_t at = 0; at <= inside.size();) {
    const std::size_t comma = std::min(inside.find(',', at), inside.size());
    const auto range = range_of(inside.substr(at, comma - at));
    if (!range) refuse(pattern);
    if ((range->last - range->first + 1) > (most - names.size()) / tails.size()) {
      throw InputError("", fmt::format("\"{}\" are more than {} names", pattern, most));
    }
    for (std::uint64_t n = range->first; n <= range->last; ++n) {
      for (const std::string& tail : tails) {
        names.push_back(fmt::format("{}{:0{}}{}", pattern.substr(0, open), n, range->width, tail));
      }
    }
    at = comma + 1;
  }
  return names;
}

std::vector<std::string> collapse_hosts(const std::vector<std::string>& names) {
  // The number of names that differ only in this number. A name's number that maximises it becomes
  // the range.
  std::map<std::pair<std::string, std::string>, std::size_t> alike;
  for (const std::string& name : names) {
    for (const Numbered& parts : numbers_in(name)) ++alike[{parts.before, parts.after}];
  }
  std::map<std::tuple<std::string, std::string, std::size_t>, std::vector<std::uint64_t>> groups;
  std::vector<std::string> patterns;
  for (const std::string& name : names) {
    const std::vector<Numbered> numbers = numbers_in(name);
    const auto parts = std::ranges::max_element(numbers, {}, [&](const Numbered& n) {
      return alike.at({n.before, n.after});
    });
    if (parts == numbers.end()) {
      patterns.push_back(name);
      continue;
    }
    groups[{parts->before, parts->after, width_of(parts->number)}].push_back(
        whole_number(parts->number).value());
  }
  // "node-08" to "node-10": numbers without leading zeros join the padded group of their width.
  for (auto padded = groups.begin(); padded != groups.end(); ++padded) {
    const std::string& before = std::get<0>(padded->first);
    const std::string& after = std::get<1>(padded->first);
    const std::size_t width = std::get<2>(padded->first);
    const auto plain = width > 1 ? groups.find({before, after, 1}) : groups.end();
    if (plain == groups.end()) continue;
    std::erase_if(plain->second, [&](std::uint64_t n) {
      const bool as_wide = fmt::format("{}", n).size() == width;
      if (as_wide) padded->second.push_back(n);
      return as_wide;
    });
  }
  for (auto& [key, numbers] : groups) {
    if (numbers.empty()) continue;
    std::ranges::sort(numbers);
    const auto& [before, after, width] = key;
    patterns.push_back(pattern_of(before, after, width, numbers));
  }
  std::ranges::sort(patterns);
  return patterns;
}

}  // namespace gradwire::network
