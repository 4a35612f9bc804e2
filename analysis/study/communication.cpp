#include "analysis/study/communication.hpp"

#include <algorithm>
#include <cmath>

namespace gradwire::analysis {

std::optional<UplinkTime> UplinkTime::of(const Run& run) {
  const auto total = run.number("simulated_seconds"), iterations = run.number("iterations");
  const auto up = run.number("uplink_seconds"), down = run.number("downlink_seconds");
  const auto compute = run.number("compute_seconds");
  const auto rule = run.number("auxiliary_compute_seconds");
  if (!total || !iterations || !up || !down || !compute || !rule || *iterations < 1.0) return {};
  constexpr double rounding = 1e-6;
  const double server = run.number("server_seconds").value_or(0.0);
  if (!(std::abs(*up + *down + *compute + server - *total) <= rounding * *total)) return {};
  UplinkTime time;
  time.gradient_ = (*compute - *rule) / *iterations;
  time.downlink_ = *down / *iterations;
  time.rule_from_ = *iterations;
  time.with_server_ = server > 0.0;
  if (*rule > 0.0) {
    const double iterations_with_rule = *rule / time.gradient_;
    if (!(std::abs(iterations_with_rule - std::round(iterations_with_rule)) < 1e-3)) return {};
    time.rule_from_ = *iterations - std::round(iterations_with_rule);
    if (time.rule_from_ < 0.0) return {};
  }
  return time;
}

UplinkSeconds uplink_seconds(const Run& run, const Metrics& metrics) {
  const auto& seconds = metrics[Metric::simulated_seconds];
  if (!metrics[Metric::uplink_seconds].empty()) return {metrics[Metric::uplink_seconds]};
  const auto time = UplinkTime::of(run);
  if (!time || seconds.empty()) return {};
  UplinkSeconds uplink{.at_rows = {}, .with_server = time->with_server()};
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    uplink.at_rows.push_back(time->at(metrics[Metric::iteration][i], seconds[i]));
  }
  return uplink;
}

double UplinkTime::at(double t, double now) const {
  const double compute = gradient_ * (t + std::max(0.0, t - rule_from_));
  return std::max(0.0, now - compute - downlink_ * t);
}

}  // namespace gradwire::analysis
