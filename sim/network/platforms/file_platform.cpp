#include "sim/network/platforms/file_platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <filesystem>
#include <optional>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <string_view>

#include "sim/core/did_you_mean.hpp"
#include "sim/core/error.hpp"

namespace gradwire::network {
namespace {

namespace s4u = simgrid::s4u;

/// The gradwire setting that determines each SimGrid setting.
constexpr std::pair<std::string_view, std::string_view> deciding_settings[] = {
    {"network/model", "network_model"},
    {"network/bandwidth-factor", "network_factors.bandwidth"},
    {"network/latency-factor", "network_factors.latency"},
    {"network/weight-S", "network_factors.weight_s"},
    {"network/TCP-gamma", "network_factors.tcp_gamma"},
    {"network/crosstraffic", "network_factors.crosstraffic"}};

std::string_view deciding_setting(std::string_view key) {
  const auto* found = std::ranges::find(deciding_settings, key,
                                        &std::pair<std::string_view, std::string_view>::first);
  return found == std::end(deciding_settings) ? "" : found->second;
}

std::optional<double> as_number(const std::string& text) {
  for (const char* yes : {"yes", "on", "true"}) {
    if (text == yes) return 1.0;
  }
  for (const char* no : {"no", "off", "false"}) {
    if (text == no) return 0.0;
  }
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool means_the_same(const std::string& a, const std::string& b) {
  const auto number = as_number(a);
  return a == b || (number && number == as_number(b));
}

/// The settings of the file's own <config> that the scenario overrides; empty if none.
std::string overridden(const PlatformFile& file, const std::vector<SimGridSetting>& in_force) {
  std::string sets, uses;
  for (const SimGridSetting& own : file.config) {
    const auto ours = std::ranges::find(in_force, own.key, &SimGridSetting::key);
    if (ours == in_force.end() || means_the_same(own.value, ours->value)) continue;
    sets += fmt::format("{}{} to {}", sets.empty() ? "" : ", ", own.key, own.value);
    uses +=
        fmt::format("{}{} ({})", uses.empty() ? "" : ", ", ours->value, deciding_setting(own.key));
  }
  return sets.empty() ? "" : fmt::format("sets {}; the scenario decides: {}", sets, uses);
}

void require_usable(const PlatformFile& file, const std::string& path) {
  for (const SimGridSetting& own : file.config) {
    const bool usual = own.value == "default" || own.value == "compound";
    if (own.key != "host/model" || usual) continue;
    throw InputError(path, fmt::format("<config> sets host/model to {}, under which messages and "
                                       "computations are not simulated one by one; remove it",
                                       own.value));
  }
}

/// "  maxmin/precision: (double)..." -> "maxmin/precision", from SimGrid's list of its settings.
std::vector<std::string> known_settings(const std::string& list) {
  std::vector<std::string> known;
  for (std::size_t at = 0; (at = list.find("\n  ", at)) != std::string::npos;) {
    at += 3;
    known.push_back(list.substr(at, list.find(':', at) - at));
  }
  return known;
}

/// The error text for a <config> of an unknown setting, from SimGrid's error text `what`; empty if
/// that is of another kind.
std::string unknown_setting(const std::string& what) {
  constexpr std::string_view sign = "Bad config key: ";
  if (!what.starts_with(sign)) return "";
  const std::string key = what.substr(sign.size(), what.find('\n') - sign.size());
  const std::string meant = did_you_mean(key, known_settings(what));
  return fmt::format("<config> sets {}, which SimGrid does not know{}", key,
                     meant.empty() ? "; remove it" : ", did you mean " + meant + "?");
}

/// SimGrid's error texts start with the position in its own sources, and continue with a backtrace.
std::string first_line(const std::string& what) { return what.substr(0, what.find('\n')); }

void load(const std::string& path) {
  s4u::Engine* engine = s4u::Engine::get_instance();
  try {
    engine->load_platform(path);
    // Before this call, zones that compute their routes have none.
    engine->seal_platform();
  } catch (const std::out_of_range& error) {
    const std::string unknown = unknown_setting(error.what());
    throw InputError(path, unknown.empty()
                               ? fmt::format("SimGrid refuses it: {}", first_line(error.what()))
                               : unknown);
  } catch (const std::exception& error) {
    throw InputError(
        path, fmt::format("not a SimGrid platform that loads: {}", first_line(error.what())));
  }
}

s4u::Host* host_named(const std::string& name, const std::string& path) {
  const s4u::Engine* engine = s4u::Engine::get_instance();
  s4u::Host* host = engine->host_by_name_or_null(name);
  if (host != nullptr) return host;
  std::vector<std::string> known;
  for (const s4u::Host* other : engine->get_all_hosts()) known.push_back(other->get_name());
  const std::string meant = did_you_mean(name, known);
  throw InputError(path, fmt::format("has no host named \"{}\"{}; gradwire list hosts {} lists "
                                     "its {}",
                                     name, meant.empty() ? "" : ", did you mean " + meant + "?",
                                     path, known.size()));
}

void require_speed(const s4u::Host& host, const std::string& path) {
  const double speed = host.get_speed();
  if (speed >= least_speed.value && speed <= most_speed.value) return;
  throw InputError(path, fmt::format("host \"{}\": the speed is {} flops per second, expected {} "
                                     "to {}",
                                     host.get_name(), speed, least_speed.value, most_speed.value));
}

/// The server is on the host that `server` names, or on the first of `servers`, which name the
/// hosts of its shards.
void place_server(const PlatformConfig& config, int server_shards, Platform& platform) {
  if (!config.server.empty()) platform.server = host_named(config.server, config.path);
  if (config.servers.empty()) return;
  for (int s = 0; s < server_shards; ++s) {
    const std::string& name = config.servers.at(static_cast<std::size_t>(s));
    platform.shards.push_back(host_named(name, config.path));
  }
  platform.server = platform.shards.front();
  if (server_shards == 1) platform.shards.clear();
}

}  // namespace

std::vector<Host> load_hosts(const std::string& path) {
  static_cast<void>(read_platform_file(path));
  load(path);
  return s4u::Engine::get_instance()->get_all_hosts();
}

Platform load_platform(const PlatformConfig& config, const std::vector<SimGridSetting>& in_force,
                       int server_shards) {
  const PlatformFile file = read_platform_file(config.path);
  require_usable(file, config.path);
  if (Simulation::measures_energy() && !file.watts_problem.empty()) {
    throw InputError(config.path, file.watts_problem);
  }
  load(config.path);
  Platform platform{.workers = {},
                    .file = config.path,
                    .varies_in_time = file.varies_in_time,
                    .states_vary = file.states_vary,
                    .notes = {}};
  place_server(config, server_shards, platform);
  for (const std::string& name : config.workers) {
    platform.workers.push_back(host_named(name, config.path));
  }
  for (const Host server : platform.servers()) require_speed(*server, config.path);
  for (const Host worker : platform.workers) {
    require_speed(*worker, config.path);
    for (const Host server : platform.servers()) {
      require_route(platform, server, worker);
      require_route(platform, worker, server);
    }
  }
  const std::string note = overridden(file, in_force);
  if (!note.empty()) {
    const auto name = std::filesystem::path(config.path).filename().string();
    platform.notes.push_back(fmt::format("{} {}", name, note));
  }
  return platform;
}

}  // namespace gradwire::network
