#include "sim/tcp/calibration/fit.hpp"

#include <cmath>
#include <limits>

namespace gradwire::tcp {
namespace {

/// A bucket is accepted if it leaves less than this share of the errors, and holds a frame.
constexpr double much_better = 0.6;
constexpr double frame_bytes = 1500;

/// seconds(n) = offset + n * seconds_per_byte.
struct Raw {
  double offset = 0;
  double seconds_per_byte = 0;
};

Raw through(const SizeTimes& one, const SizeTimes& other) {
  const auto n = static_cast<double>(one.size.value);
  const double slope =
      (other.median.value - one.median.value) / (static_cast<double>(other.size.value) - n);
  return {.offset = one.median.value - n * slope, .seconds_per_byte = slope};
}

bool rises(const Raw& raw) {
  return std::isfinite(raw.seconds_per_byte) && raw.seconds_per_byte > 0;
}

/// The line with a bucket; nullopt unless the shortest message is smaller than a frame and the
/// bucket holds at least a frame.
std::optional<Line> with_bucket(const Raw& raw, const SizeTimes& shortest) {
  const double at_once = (shortest.median.value - raw.offset) / raw.seconds_per_byte;
  const bool tells = static_cast<double>(shortest.size.value) < frame_bytes;
  if (!tells || !(at_once >= frame_bytes)) return std::nullopt;
  return Line{.per_message = shortest.median,
              .rate = {1 / raw.seconds_per_byte},
              .at_once = {std::llround(at_once)}};
}

/// The line with the least error so far. Twice as long counts like half as long.
class Best {
 public:
  explicit Best(const std::vector<SizeTimes>& times) : times_(times) {}
  void consider(const Line& line) {
    double errors = 0;
    for (const SizeTimes& at : times_) {
      errors += std::abs(std::log(line.seconds(at.size).value / at.median.value));
    }
    if (errors >= errors_) return;
    errors_ = errors;
    line_ = line;
  }
  [[nodiscard]] const std::optional<Line>& line() const { return line_; }
  [[nodiscard]] double errors() const { return errors_; }

 private:
  const std::vector<SizeTimes>& times_;
  std::optional<Line> line_;
  double errors_ = std::numeric_limits<double>::infinity();
};

}  // namespace

std::optional<Line> fit_line(const std::vector<SizeTimes>& times) {
  if (times.size() < 2 || times.front().size == times.back().size ||
      times.front().median >= times.back().median) {
    return std::nullopt;
  }
  Best plain(times), bucket(times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto n = static_cast<double>(times[i].size.value);
    plain.consider({.per_message = {}, .rate = {n / times[i].median.value}});
    for (std::size_t j = i + 1; j < times.size(); ++j) {
      const Raw raw = through(times[i], times[j]);
      if (!rises(raw)) continue;
      if (raw.offset >= 0) {
        plain.consider({.per_message = {raw.offset}, .rate = {1 / raw.seconds_per_byte}});
      }
      if (const auto line = with_bucket(raw, times.front())) bucket.consider(*line);
    }
  }
  const bool has_bucket = bucket.errors() < much_better * plain.errors();
  return has_bucket ? bucket.line() : plain.line();
}

double residual(const Line& line, const SizeTimes& measured) {
  return line.seconds(measured.size).value / measured.median.value - 1;
}

}  // namespace gradwire::tcp
