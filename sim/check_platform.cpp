#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/experiment/scenario_json.hpp"
#include "sim/experiment/simulate.hpp"
#include "sim/network/file_platform.hpp"
#include "sim/network/host_ranges.hpp"

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

/// gradwire-platform hosts FILE.xml | check SCENARIO.json: what `gradwire` asks SimGrid about
/// platform files; a process of its own, since SimGrid ends the process over some of them. Says on
/// standard output what is wrong; exit status 2 then.
int main(int argc, char** argv) {
  gradwire::open_standard_streams();
  CLI::App app("What gradwire asks SimGrid about platform files.", "gradwire-platform");
  app.require_subcommand(1);
  std::string file;
  CLI::App* hosts = app.add_subcommand("hosts", "List a platform file's hosts");
  CLI::App* check = app.add_subcommand("check", "Build a scenario's network");
  hosts->add_option("file", file)->required();
  check->add_option("file", file)->required();
  CLI11_PARSE(app, argc, argv);
  try {
    if (hosts->parsed()) list_hosts(file);
    if (check->parsed()) {
      gradwire::experiment::check_network(gradwire::experiment::load_scenario(file));
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
