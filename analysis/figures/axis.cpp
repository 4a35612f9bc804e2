#include "analysis/figures/axis.hpp"

#include <fmt/format.h>

#include <cmath>

namespace gradwire::analysis {
namespace {

constexpr double wanted_ticks = 5.0;

/// 1, 2 or 5 times a power of ten.
double nice_step(double range) {
  const double rough = range / wanted_ticks;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double share = rough / power;
  return power * (share < 1.5 ? 1.0 : share < 3.5 ? 2.0 : share < 7.5 ? 5.0 : 10.0);
}

}  // namespace

std::string tick_label(double value) {
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
    : low_(low), high_(high), log_(log), from_(from), to_(to) {
  if (log_) {
    const double widen = high_ > low_ ? std::pow(high_ / low_, 0.04) : 2.0;
    low_ /= widen;
    high_ *= widen;
  } else {
    const double widen =
        high_ > low_ ? 0.04 * (high_ - low_) : std::max(1e-9, std::abs(low_)) * 0.1;
    low_ = low_ >= 0.0 && low_ < widen ? 0.0 : low_ - widen;
    high_ += widen;
  }
}

double Axis::operator()(double value) const {
  const double share =
      log_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  return from_ + share * (to_ - from_);
}

bool Axis::holds(double value) const {
  return std::isfinite(value) && value >= low_ && value <= high_;
}

std::vector<Tick> Axis::ticks() const { return log_ ? log_ticks() : linear_ticks(); }

std::vector<Tick> Axis::linear_ticks() const {
  std::vector<Tick> ticks;
  const double step = nice_step(high_ - low_);
  for (double k = std::ceil(low_ / step); k * step <= high_ * (1.0 + 1e-12); k += 1.0) {
    ticks.push_back({k * step, tick_label(k * step)});
  }
  return ticks;
}

std::vector<Tick> Axis::log_ticks() const {
  std::vector<Tick> ticks;
  const double decades = std::log10(high_ / low_);
  if (decades < 0.7) return linear_ticks();
  const int every = std::max(1, static_cast<int>(std::lround(decades / 6.0)));
  for (int power = static_cast<int>(std::floor(std::log10(low_))); power <= std::log10(high_);
       ++power) {
    for (int digit = 1; digit < 10; ++digit) {
      const double at = digit * std::pow(10.0, power);
      if (!holds(at)) continue;
      const bool named =
          digit == 1 ? power % every == 0 : decades < 2.5 && (digit == 2 || digit == 5);
      ticks.push_back({at, named ? tick_label(at) : ""});
    }
  }
  return ticks;
}

}  // namespace gradwire::analysis
