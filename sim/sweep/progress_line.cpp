#include "sim/sweep/progress_line.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

namespace gradwire::sweep {
namespace {

constexpr const char* not_evaluated = "-";

/// Parses a number. Not by a stream, which does not read "nan" and "inf"; an accuracy may be
/// either.
std::optional<double> number_in(const std::string& word) {
  double number = 0.0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string progress_line(const results::Progress& progress) {
  const std::string accuracy = progress.test_accuracy ? fmt::format("{}", *progress.test_accuracy)
                                                      : std::string(not_evaluated);
  return fmt::format("progress {} {} {} {}", progress.iteration, progress.iterations,
                     progress.rounds, accuracy);
}

std::optional<results::Progress> parse_progress(const std::string& line) {
  std::istringstream words(line);
  std::string tag;
  results::Progress progress;
  std::string accuracy;
  words >> tag >> progress.iteration >> progress.iterations >> progress.rounds >> accuracy;
  if (!words || tag != "progress") return std::nullopt;
  if (accuracy == not_evaluated) return progress;
  progress.test_accuracy = number_in(accuracy);
  if (!progress.test_accuracy) return std::nullopt;
  return progress;
}

}  // namespace gradwire::sweep
