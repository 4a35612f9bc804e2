#include "sim/experiment/progress_line.hpp"

#include <fmt/format.h>

#include <sstream>

namespace gradwire::experiment {

std::string progress_line(const Progress& progress) {
  return fmt::format("progress {} {} {} {}", progress.iteration, progress.iterations,
                     progress.rounds, progress.test_accuracy.value_or(-1.0));
}

std::optional<Progress> parse_progress(const std::string& line) {
  std::istringstream words(line);
  std::string tag;
  Progress progress;
  double accuracy = -1.0;
  words >> tag >> progress.iteration >> progress.iterations >> progress.rounds >> accuracy;
  if (!words || tag != "progress") return std::nullopt;
  if (accuracy >= 0.0) progress.test_accuracy = accuracy;
  return progress;
}

}  // namespace gradwire::experiment
