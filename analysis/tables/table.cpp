#include "analysis/tables/table.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/statistics/sample.hpp"

namespace gradwire::analysis {
namespace {

constexpr double longest_whole = 1e18;  // from here on numbers have an exponent
constexpr double visible = 0.002;       // relative width of an interval that three digits can show

/// The shortest text that reads back as the same number; empty for NaN.
std::string exact(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

std::string with_thousands(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t at = point; at > first + 3;)
    text.insert(text.begin() + static_cast<std::ptrdiff_t>(at -= 3), ',');
  return text;
}

std::string scientific(double value) {
  if (value == 0.0) return "0";
  const std::string text = fmt::format("{:.3e}", value);
  const std::size_t e = text.find('e');
  return text.substr(0, e + 1) + std::to_string(std::stoi(text.substr(e + 1)));
}

}  // namespace

std::string formatted(double value, Format format) {
  if (!std::isfinite(value)) return "not a number";
  if (std::abs(value) >= longest_whole) return scientific(value);
  switch (format) {
    case Format::whole:
      return with_thousands(value, 0);
    case Format::scientific:
      return scientific(value);
    case Format::seconds:
      if (value == 0.0) return "0";
      return with_thousands(value, std::abs(value) < 0.995 ? 3 : std::abs(value) < 99.95 ? 2 : 1);
    case Format::hundredths:
      return value == 0.0 ? "0" : with_thousands(value, 2);
    case Format::fraction:
      return fmt::format("{:.4f}", value);
    case Format::plain:
      return std::abs(value) >= 1e6 ? scientific(value) : fmt::format("{:.4g}", value);
  }
  return {};
}

Cell text_cell(const std::string& text) { return {text, {text}}; }

Cell number_cell(std::optional<double> value, Format format) {
  if (!value) return {"–", {""}};
  return {formatted(*value, format), {exact(*value)}};
}

Cell spread_cell(const Cost& cost, Format format) {
  if (cost.whole()) {
    const double center = mean(cost.values);
    if (cost.runs == 1) return {formatted(center, format), {exact(center), "", ""}};
    const double sd = standard_deviation(cost.values);
    const std::string spread = formatted(sd, format);
    const bool is_zero = spread.find_first_not_of("0.") == std::string::npos;
    return {formatted(center, format) + (is_zero ? "" : " ± " + spread),
            {exact(center), exact(sd), ""}};
  }
  if (const auto bound = cost.mean_lower_bound(); bound && cost.not_reached > 0) {
    return {"> " + formatted(*bound, format), {"", "", exact(*bound)}};
  }
  return {"–", {"", "", ""}};
}

std::vector<std::string> spread_columns(const std::string& name) {
  return {name + "_mean", name + "_sd", name + "_exceeds"};
}

Cell interval_cell(const std::optional<Interval>& interval, Format format) {
  if (!interval) return {"–", {"", ""}};
  return {
      fmt::format("[{}, {}]", formatted(interval->low, format), formatted(interval->high, format)),
      {exact(interval->low), exact(interval->high)}};
}

std::vector<std::string> interval_columns(const std::string& name) {
  return {name + "_ci95_low", name + "_ci95_high"};
}

Cell count_cell(const Cost& cost) {
  const std::string why = cost.missing_reasons();
  return {
      fmt::format("{}/{}{}", cost.values.size(), cost.runs, why.empty() ? "" : " (" + why + ")"),
      {std::to_string(cost.values.size()), std::to_string(cost.runs)}};
}

Cell multiple_cell(const Cost& cost, std::optional<double> published) {
  if (!published || !cost.whole()) return {"–", {""}};
  const double multiple = mean(cost.values) / *published;
  return {fmt::format("{:.3f}", multiple), {fmt::format("{}", multiple)}};
}

Cell ratio_cell(const Ratio& ratio) {
  if (!ratio.value) return {"–", {"", "", "", ""}};
  std::string text = fmt::format("{:.3g} %", 100.0 * *ratio.value);
  std::vector<std::string> csv{exact(*ratio.value), "", "", std::to_string(ratio.pairs)};
  if (ratio.interval) {
    csv[1] = exact(ratio.interval->low);
    csv[2] = exact(ratio.interval->high);
  }
  if (ratio.interval && ratio.interval->high > ratio.interval->low * (1.0 + visible)) {
    text +=
        fmt::format(" [{:.3g}, {:.3g}]", 100.0 * ratio.interval->low, 100.0 * ratio.interval->high);
  }
  return {text, csv};
}

std::vector<std::string> ratio_columns(const std::string& name) {
  return {name + "_ratio", name + "_ratio_ci95_low", name + "_ratio_ci95_high",
          name + "_ratio_pairs"};
}

}  // namespace gradwire::analysis
