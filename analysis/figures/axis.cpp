#include "analysis/figures/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradwire::analysis {
namespace {

constexpr double wanted_ticks = 5.0;
constexpr double most_ticks = 50.0;
constexpr double widening = 0.04;       // fraction of the range, at each end
constexpr double most_outside = 100.0;  // in axis lengths; cairo draws at most 2^23 points away
constexpr double most_prefixed = 1e19;  // larger numbers are labelled with an exponent
constexpr double most_fine_decades = 20.0;

/// Distance of ticks for a range: 1, 2 or 5 times a power of ten.
double nice_step(double range) {
  const double rough = range / wanted_ticks;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double share = rough / power;
  return power * (share < 1.5 ? 1.0 : share < 3.5 ? 2.0 : share < 7.5 ? 5.0 : 10.0);
}

}  // namespace

std::string tick_label(double value) {
  if (std::abs(value) >= most_prefixed) return fmt::format("{:.4g}", value);
  const char* prefix = "";
  for (const char* next : {"k", "M", "G", "T", "P"}) {
    if (std::abs(value) < 9999.5 && !(*prefix != '\0' && std::abs(value) >= 1000.0)) break;
    value /= 1000.0;
    prefix = next;
  }
  if (*prefix == '\0' && std::abs(value) >= 1000.0) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}{}", value, prefix);
}

Axis::Axis(double low, double high, bool log, double from, double to)
    : log_(log),
      factor_(std::isfinite(1.2 * high - 1.2 * low) ? 1.0 : 0.0625),
      low_(scaled(low)),
      high_(scaled(high)),
      from_(from),
      to_(to) {
  const double range = high_ - low_;
  if (log_) {
    const double widen = range > 0.0 ? widening * range : std::log10(2.0);
    low_ -= widen;
    high_ += widen;
  } else {
    const double widen = range > 0.0 ? widening * range : std::max(1e-9, std::abs(low_)) * 0.1;
    low_ = low_ >= 0.0 && low_ < widen ? 0.0 : low_ - widen;
    high_ += widen;
  }
}

double Axis::scaled(double value) const { return log_ ? std::log10(value) : value * factor_; }
double Axis::value_at(double scaled) const {
  return log_ ? std::min(std::pow(10.0, scaled), std::numeric_limits<double>::max())
              : scaled / factor_;
}

double Axis::operator()(double value) const {
  const double share = (scaled(value) - low_) / (high_ - low_);
  if (std::isnan(share)) return from_;
  return from_ + std::clamp(share, -most_outside, most_outside) * (to_ - from_);
}

bool Axis::holds(double value) const {
  return std::isfinite(value) && scaled(value) >= low_ && scaled(value) <= high_;
}

std::vector<Tick> Axis::ticks() const { return log_ ? log_ticks() : linear_ticks(); }

std::vector<Tick> Axis::linear_ticks() const {
  std::vector<Tick> ticks;
  const double low = log_ ? value_at(low_) : low_, high = log_ ? value_at(high_) : high_;
  const double step = nice_step(high - low);
  if (!std::isfinite(step) || step <= 0.0) return ticks;
  const double first = std::ceil(low / step);
  const double count = std::min(std::floor(high * (1.0 + 1e-12) / step) - first + 1.0, most_ticks);
  for (double i = 0.0; i < count; i += 1.0) {
    const double at = log_ ? (first + i) * step : (first + i) * step / factor_;
    if (std::isfinite(at)) ticks.push_back({at, tick_label(at)});
  }
  return ticks;
}

std::vector<Tick> Axis::log_ticks() const {
  std::vector<Tick> ticks;
  const double decades = high_ - low_;
  if (decades < 0.7) return linear_ticks();
  const int every = std::max(1, static_cast<int>(std::lround(decades / 6.0)));
  for (int power = static_cast<int>(std::floor(low_)); power <= high_; ++power) {
    for (int digit = 1; digit < 10; ++digit) {
      const double at = digit * std::pow(10.0, power);
      if (at <= 0.0 || !holds(at)) continue;
      const bool named =
          digit == 1 ? power % every == 0 : decades < 2.5 && (digit == 2 || digit == 5);
      if (named || decades <= most_fine_decades) ticks.push_back({at, named ? tick_label(at) : ""});
    }
  }
  return ticks;
}

}  // namespace gradwire::analysis
