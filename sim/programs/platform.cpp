#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "sim/commands/command_line.hpp"
#include "sim/core/error.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/network/platforms/file_platform.hpp"
#include "sim/network/platforms/host_ranges.hpp"
#include "sim/run/simulate.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace {

void list_hosts(const std::string& file) {
  const gradwire::network::Simulation simulation({});
  std::vector<std::string> names;
  for (const auto host : gradwire::network::load_hosts(file)) {
    names.push_back(gradwire::network::name(host));
  }
  for (const std::string& pattern : gradwire::network::collapse_hosts(names)) {
    fmt::print("{}\n", pattern);
  }
}

}  // namespace

/// gradwire-platform hosts FILE.xml | check SCENARIO.json: queries of `gradwire` about platform
/// files. A separate process, because SimGrid aborts the process for some files. Errors go to
/// standard output, invalid input with exit status 2.
int main(int argc, char** argv) {
  gradwire::open_standard_streams();
  gradwire::commands::Command app("What gradwire asks SimGrid about platform files.",
                                  "gradwire-platform");
  app.require_subcommand();
  std::string file;
  gradwire::commands::Command* hosts = app.add_subcommand("hosts", "List a platform file's hosts");
  gradwire::commands::Command* check = app.add_subcommand("check", "Build a scenario's network");
  hosts->add_option("file", file)->required();
  check->add_option("file", file)->required();
  if (const auto status = app.parse(argc, argv)) return *status;
  try {
    if (hosts->parsed()) list_hosts(file);
    if (check->parsed()) {
      gradwire::run::check_network(gradwire::scenario::load_scenario(file));
    }
    std::fflush(stdout);
    return 0;
  } catch (const gradwire::InputError& error) {
    fmt::print("{}\n", error.what());
    std::fflush(stdout);
    return 2;
  } catch (const std::exception& error) {
    fmt::print("gradwire-platform: {}\n", error.what());
    std::fflush(stdout);
    return 1;
  }
}
