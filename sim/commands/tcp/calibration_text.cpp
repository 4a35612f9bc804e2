#include "sim/commands/tcp/calibration_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/core/error.hpp"
#include "sim/scenario/settings/quantity.hpp"

namespace gradwire::commands {
namespace {

using Json = nlohmann::ordered_json;
using scenario::format_quantity;
using scenario::Kind;

/// Shortest size included in the judgement of the fit: messages of this size and more carry
/// gradients; the time of shorter ones is the cost per message.
constexpr Bytes long_enough{30'000};
constexpr double doubtful = 0.05;

/// Rounds to four significant digits, the precision of the measurements.
double rounded(double value) { return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr); }

std::string rate(BytesPerSecond value) {
  return scenario::format_quantity(Kind::bandwidth, rounded(value.value));
}
std::string time(Seconds value) {
  return scenario::format_quantity(Kind::time, rounded(value.value));
}

tcp::Line line_through(const std::vector<tcp::SizeTimes>& times, const char* direction) {
  const auto line = tcp::fit_line(times);
  if (line) return *line;
  throw SystemError(fmt::format("longer messages take no longer {}: nothing to fit", direction));
}

std::string table(const char* title, const std::vector<tcp::SizeTimes>& times,
                  const tcp::Line& line) {
  std::string text =
      fmt::format("{}: {} a message, then {}\n", title, time(line.per_message), rate(line.rate));
  text += fmt::format("{:>12} {:>8} {:>12} {:>12} {:>9}\n", "bytes", "repeats", "median (s)",
                      "fastest (s)", "the fit");
  for (const tcp::SizeTimes& at : times) {
    text += fmt::format("{:>12} {:>8} {:>12.6f} {:>12.6f} {:>+7.1f} %\n", at.size.value, at.repeats,
                        at.median.value, at.fastest.value, 100 * tcp::residual(line, at));
  }
  return text;
}

/// The size of at least long_enough with the largest absolute residual; null if there is none.
const tcp::SizeTimes* worst(const std::vector<tcp::SizeTimes>& times, const tcp::Line& line) {
  const tcp::SizeTimes* found = nullptr;
  for (const tcp::SizeTimes& at : times) {
    if (at.size < long_enough) continue;
    if (!found || std::abs(residual(line, at)) > std::abs(residual(line, *found))) found = &at;
  }
  return found;
}

std::string trust(const std::vector<tcp::SizeTimes>& times, const tcp::Line& line) {
  const tcp::SizeTimes* at = worst(times, line);
  if (at == nullptr) return "";
  const double error = tcp::residual(line, *at);
  std::string text = fmt::format(
      "From {} bytes on the fit of uploads is off by {:.1f} % at most "
      "(at {} bytes).\n",
      long_enough.value, 100 * std::abs(error), at->size.value);
  if (std::abs(error) > doubtful) {
    text +=
        "That is much: a line is too simple for this way (a shaper that lets bursts through, "
        "TCP's slow start over a long round trip, a busy host); trust sizes that fit well.\n";
  }
  const auto unsteady = std::ranges::find_if(times, [](const tcp::SizeTimes& t) {
    return t.size >= long_enough && t.median.value > (1 + 2 * doubtful) * t.fastest.value;
  });
  if (unsteady != times.end()) {
    text += fmt::format(
        "Times vary: of {} bytes the median is {:.0f} % above the fastest. Others "
        "use the line or the hosts.\n",
        unsteady->size.value, 100 * (unsteady->median.value / unsteady->fastest.value - 1));
  }
  return text;
}

}  // namespace

FittedLines fit(const tcp::Calibration& calibration) {
  return {.uplink = line_through(calibration.uplink, "up"),
          .downlink = line_through(calibration.downlink, "down")};
}

std::string platform_block(const tcp::Calibration& calibration, const FittedLines& lines,
                           std::optional<BytesPerSecond> nominal) {
  const BytesPerSecond up = lines.uplink.rate, down = lines.downlink.rate;
  const double share = nominal ? rounded(up.value / nominal->value) : 1.0;
  if (share > 1.5) {
    throw InputError("--nominal",
                     fmt::format("must be what the line carries; payload came at {}", rate(up)));
  }
  const Seconds latency{rounded(0.5 * calibration.round_trip.value)};
  const Json block{{"platform",
                    {{"kind", "star"},
                     {"uplink", rate(nominal.value_or(up))},
                     {"downlink", rate({down.value / share})},
                     {"latency", time(latency)}}},
                   {"network_model", "CM02"},
                   {"network_factors",
                    {{"bandwidth", share},
                     {"latency", rounded(lines.uplink.per_message.value / latency.value)},
                     {"tcp_gamma", 0}}}};
  return block.dump(2) + "\n";
}

std::string calibration_text(const tcp::Calibration& calibration, const FittedLines& lines) {
  std::string text =
      fmt::format("round trip of the smallest messages: {}\n\n", time(calibration.round_trip));
  text += table("upload (worker to server)", calibration.uplink, lines.uplink) + "\n";
  text += table("download (server to worker)", calibration.downlink, lines.downlink) + "\n";
  for (const Bytes size : calibration.left_out) {
    text += fmt::format("{} bytes left out: too long for this line.\n", size.value);
  }
  return text + trust(calibration.uplink, lines.uplink) +
         "An upload's time begins when the server asks for it, as with protocol.uplink sequential; "
         "concurrent uploads are not asked for: take 1 from the latency factor.\n";
}

}  // namespace gradwire::commands
