#include "sim/tcp/fit.hpp"

#include <cmath>
#include <limits>

namespace gradwire::tcp {
namespace {

/// Through two sizes, or through one where `other` is null: then a message costs nothing.
std::optional<Line> line_through(const SizeTimes& one, const SizeTimes* other) {
  const auto n = static_cast<double>(one.size.value);
  double seconds_per_byte = one.median.value / n;
  double per_message = 0;
  if (other != nullptr) {
    const double bytes = static_cast<double>(other->size.value) - n;
    seconds_per_byte = (other->median.value - one.median.value) / bytes;
    per_message = one.median.value - n * seconds_per_byte;
  }
  const bool possible = std::isfinite(seconds_per_byte) && seconds_per_byte > 0 && per_message >= 0;
  if (!possible) return std::nullopt;
  return Line{.per_message = {per_message}, .rate = {1 / seconds_per_byte}};
}

/// Twice as long counts like half as long.
double summed_errors(const Line& line, const std::vector<SizeTimes>& times) {
  double sum = 0;
  for (const SizeTimes& at : times) {
    sum += std::abs(std::log(line.seconds(at.size).value / at.median.value));
  }
  return sum;
}

}  // namespace

std::optional<Line> fit_line(const std::vector<SizeTimes>& times) {
  std::optional<Line> best;
  double least = std::numeric_limits<double>::infinity();
  const auto consider = [&](const SizeTimes& one, const SizeTimes* other) {
    const auto line = line_through(one, other);
    if (!line) return;
    const double errors = summed_errors(*line, times);
    if (errors >= least) return;
    least = errors;
    best = line;
  };
  if (times.size() < 2) return std::nullopt;
  bool longer_takes_longer = false;
  for (std::size_t i = 0; i < times.size(); ++i) {
    for (std::size_t j = i + 1; j < times.size(); ++j) {
      longer_takes_longer = longer_takes_longer ||
                            (times[i].size < times[j].size && times[i].median < times[j].median);
      consider(times[i], &times[j]);
    }
    consider(times[i], nullptr);
  }
  return longer_takes_longer ? best : std::nullopt;
}

double residual(const Line& line, const SizeTimes& measured) {
  return line.seconds(measured.size).value / measured.median.value - 1;
}

}  // namespace gradwire::tcp
