#include "sim/network/platforms/profile.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

namespace gradwire::network {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = line.find_first_not_of(blanks, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<double> finite_number(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string value_problem(ProfileKind kind, double value) {
  const bool positive = kind == ProfileKind::speed || kind == ProfileKind::bandwidth;
  if (positive && value <= 0) {
    return fmt::format(
        "the {} becomes {}, expected more than 0; an outage belongs into a "
        "state_file",
        kind == ProfileKind::speed ? "speed" : "bandwidth", value);
  }
  if (value < 0) return fmt::format("the value is {}, expected at least 0", value);
  return "";
}

/// Checks a profile line by line.
class Reader {
 public:
  explicit Reader(ProfileKind kind) : kind_(kind) {}

  /// The error in the next line; empty if none.
  std::string line(const std::vector<std::string_view>& words) {
    if (words.empty() || words[0][0] == '#' || words[0][0] == '%') return "";
    if (words[0] == "STOCHASTIC") {
      stochastic_ = true;
      return "";
    }
    if (stochastic_) return "";  // parameters of distributions
    if (words[0] == "PERIODICITY" || words[0] == "LOOPAFTER") return loop(words);
    return event(words);
  }
  /// The error in the profile as a whole; empty if none.
  [[nodiscard]] std::string end() const {
    if (period_ && *period_ < last_date_) {
      return fmt::format("PERIODICITY {} ends before the last event, at {}", *period_, last_date_);
    }
    return "";
  }

 private:
  std::string loop(const std::vector<std::string_view>& words) {
    const auto delay = words.size() == 2 ? finite_number(words[1]) : std::nullopt;
    if (!delay || *delay <= 0) {
      return fmt::format("expected a time above 0 after {}{}", words[0],
                         words.size() > 1 ? fmt::format(", got {}", words[1]) : "");
    }
    if (words[0] == "PERIODICITY") period_ = delay;
    return "";
  }

  std::string event(const std::vector<std::string_view>& words) {
    const auto date = finite_number(words[0]);
    const auto value = words.size() == 2 ? finite_number(words[1]) : std::nullopt;
    if (!date || !value) return "expected a date and a value, both numbers";
    if (*date < 0) return fmt::format("the date is {}, expected at least 0", *date);
    if (*date < last_date_) {
      return fmt::format("the date {} comes after {}, expected ascending dates", *date, last_date_);
    }
    last_date_ = *date;
    return value_problem(kind_, *value);
  }

  ProfileKind kind_;
  bool stochastic_ = false;
  double last_date_ = 0.0;
  std::optional<double> period_;
};

}  // namespace

std::string profile_problem(ProfileKind kind, std::string_view text) {
  Reader reader(kind);
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    ++number;
    const std::string problem = reader.line(words_of(text.substr(0, end)));
    if (!problem.empty()) return fmt::format("line {}: {}", number, problem);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return reader.end();
}

}  // namespace gradwire::network
