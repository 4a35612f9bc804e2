#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/core/choice_names.hpp"
#include "sim/core/units.hpp"

namespace gradwire::network {

// Bounds of hosts and links, in settings and in platform files: wider than anything that is built,
// and narrow enough that no time or energy overflows.
inline constexpr BytesPerSecond least_bandwidth{1e-3}, most_bandwidth{1e18};
inline constexpr Seconds most_latency{1e9};
inline constexpr FlopsPerSecond least_speed{1e-3}, most_speed{1e24};

/// One entry of "platform.overrides": the deviations of one worker of a star.
struct WorkerOverride {
  int worker = 0;
  std::optional<BytesPerSecond> uplink;
  std::optional<BytesPerSecond> downlink;
  std::optional<Seconds> latency;
  std::optional<FlopsPerSecond> speed;
  friend bool operator==(const WorkerOverride&, const WorkerOverride&) = default;
};

enum class PlatformKind { star, file };

/// In the order of PlatformKind.
inline constexpr Choice platform_choices[] = {
    {"star", "one link each way between the middle, where the server is, and each worker"},
    {"file", "any SimGrid platform file"}};
static_assert(has_row_for_each(platform_choices, PlatformKind::file));

/// Object "platform": the built-in star, or any SimGrid platform file.
struct PlatformConfig {
  PlatformKind kind = PlatformKind::star;
  BytesPerSecond uplink{125e6};    ///< star: from each worker to the server
  BytesPerSecond downlink{125e6};  ///< star: from the server to each worker
  Seconds latency{50e-6};          ///< star: of each link, one way
  /// star: of each server's links, one each way; absent: they are never the bottleneck.
  std::optional<BytesPerSecond> server_bandwidth;
  FlopsPerSecond speed{1e9};              ///< star: of each host
  std::vector<WorkerOverride> overrides;  ///< star
  std::string path;                       ///< file: the XML, relative to the experiment file
  std::string server;                     ///< file: name of the server's host; empty: none
  /// file: names of the hosts of the server's shards, in order, at least as many as there are;
  /// empty: `server` is the only one
  std::vector<std::string> servers;
  std::vector<std::string> workers;  ///< file: names of the workers' hosts, in order
  std::string digest;                ///< file: XXH3-128 of its bytes, in hex
  friend bool operator==(const PlatformConfig&, const PlatformConfig&) = default;
};

/// Object "energy": power of a star's hosts and links. A platform file gives it in its properties.
struct EnergyConfig {
  double host_idle_watts = 95;   ///< of each worker's host and the server's
  double host_busy_watts = 200;  ///< at full load
  double link_idle_watts = 5;    ///< of each direction of each worker's link
  double link_busy_watts = 10;   ///< at full bandwidth
  friend bool operator==(const EnergyConfig&, const EnergyConfig&) = default;
};

/// Object "network_factors": the factors of SimGrid's network model. Empty: the model's defaults.
struct NetworkFactors {
  std::optional<double> bandwidth;   ///< (0, 1.5]; CM02 1, LV08 0.97
  std::optional<double> latency;     ///< >= 0; CM02 1, LV08 13.01
  std::optional<double> weight_s;    ///< bytes added to each flow's RTT weight; CM02 0, LV08 20537
  std::optional<double> tcp_gamma;   ///< TCP window in bytes; 0 disables the bound
  std::optional<bool> crosstraffic;  ///< acknowledgements load the other direction by 5 %
  friend bool operator==(const NetworkFactors&, const NetworkFactors&) = default;
};

/// Share of TCP payload in the bytes on an Ethernet line: 1448 of 1514 in frames of 1500 bytes with
/// time stamps. Measured by tests/slow/tcp_test.py.
inline constexpr double tcp_payload_share = 1448.0 / 1514.0;

enum class NetworkModel { cm02, lv08, calibrated };

/// In the order of NetworkModel.
inline constexpr Choice network_model_choices[] = {
    {"CM02", "flows share links, no correction factors"},
    {"LV08", "CM02 with the factors that SimGrid fitted to TCP"},
    {"calibrated", "CM02 with the 1448 of 1514 bytes on the line that TCP's payload gets"}};
static_assert(has_row_for_each(network_model_choices, NetworkModel::calibrated));

/// Settings "network_model" and "network_factors".
struct NetworkConfig {
  NetworkModel model = NetworkModel::cm02;
  NetworkFactors factors;
  friend bool operator==(const NetworkConfig&, const NetworkConfig&) = default;
};

/// The factors of `config`, with the network model's default for each factor that is not given.
[[nodiscard]] constexpr NetworkFactors resolved_factors(const NetworkConfig& config) {
  NetworkFactors defaults{.bandwidth = 1.0,
                          .latency = 1.0,
                          .weight_s = 0.0,
                          .tcp_gamma = 4194304.0,
                          .crosstraffic = false};
  switch (config.model) {
    case NetworkModel::cm02:
      break;
    case NetworkModel::lv08:
      defaults.bandwidth = 0.97;
      defaults.latency = 13.01;
      defaults.weight_s = 20537.0;
      break;
    case NetworkModel::calibrated:
      defaults.bandwidth = tcp_payload_share;
      break;
  }
  const NetworkFactors& given = config.factors;
  return {.bandwidth = given.bandwidth ? given.bandwidth : defaults.bandwidth,
          .latency = given.latency ? given.latency : defaults.latency,
          .weight_s = given.weight_s ? given.weight_s : defaults.weight_s,
          .tcp_gamma = given.tcp_gamma ? given.tcp_gamma : defaults.tcp_gamma,
          .crosstraffic = given.crosstraffic ? given.crosstraffic : defaults.crosstraffic};
}

}  // namespace gradwire::network
