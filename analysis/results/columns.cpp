#include "analysis/results/columns.hpp"

#include <algorithm>
#include <array>

namespace gradwire::analysis {
namespace {

/// Columns that are text: members of summary.json, and "id".
constexpr std::array<std::string_view, 8> texts{
    "id", "status", "reduction", "measured", "tcp.compute", "notes", "digest", "environment.blas"};
constexpr std::array<std::string_view, 18> numbers{"iterations",
                                                   "rounds",
                                                   "skipped",
                                                   "uplink_payload_bits",
                                                   "uplink_wire_bytes",
                                                   "downlink_wire_bytes",
                                                   "simulated_seconds",
                                                   "uplink_seconds",
                                                   "downlink_seconds",
                                                   "compute_seconds",
                                                   "auxiliary_compute_seconds",
                                                   "server_seconds",
                                                   "server_state_bytes",
                                                   "worker_state_bytes",
                                                   "parameters",
                                                   "host_energy_joules",
                                                   "link_energy_joules",
                                                   "restarts"};
/// Objects of summary.json; each column below them is a result.
constexpr std::array<std::string_view, 5> parts{"final", "wall", "environment", "tcp", "data"};
/// Members of the setting "baseline"; other columns below "baseline" are results.
constexpr std::array<std::string_view, 6> goals{"metric", "above",   "below",
                                                "stop",   "optimum", "gap"};

bool is_in(std::string_view part, std::string_view column) {
  return column.size() > part.size() && column.starts_with(part) && column[part.size()] == '.';
}

bool is_baseline_result(std::string_view column) {
  return is_in("baseline", column) &&
         std::ranges::count(goals, column.substr(std::string_view("baseline.").size())) == 0;
}

bool is_result(std::string_view column) {
  const bool of_a_part = std::ranges::any_of(
      parts, [&](std::string_view part) { return column == part || is_in(part, column); });
  return of_a_part || column == "baseline" || column == "missed" || is_baseline_result(column) ||
         std::ranges::count(texts, column) + std::ranges::count(numbers, column) > 0;
}

}  // namespace

bool is_number_of_summary(std::string_view column) {
  if (std::ranges::count(texts, column) > 0) return false;
  return column == "missed" || std::ranges::count(numbers, column) > 0 || is_in("final", column) ||
         is_baseline_result(column);
}

std::vector<bool> results_among(const std::vector<std::string>& header) {
  const auto has = [&](std::string_view name) { return std::ranges::count(header, name) > 0; };
  const bool own = header.front() == "id" && has("worker_state_bytes") && has("wall.total");
  const auto status = std::ranges::find(header, "status") - header.begin();
  std::vector<bool> results;
  for (std::ptrdiff_t i = 0; i < std::ssize(header); ++i) {
    const std::string& name = header[static_cast<std::size_t>(i)];
    results.push_back(is_result(name) || (own && i > status));
  }
  return results;
}

}  // namespace gradwire::analysis
