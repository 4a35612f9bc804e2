#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "sim/commands/data.hpp"
#include "sim/commands/list.hpp"
#include "sim/commands/run.hpp"
#include "sim/commands/schema.hpp"
#include "sim/commands/validate.hpp"
#include "sim/core/error.hpp"
#include "sim/version.hpp"

namespace {

/// Command-line mistakes are wrong input: one line, exit status 2.
int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  fmt::print(stderr, "gradwire: {} (see gradwire --help)\n", error.what());
  return 2;
}

/// A full disk must not make half a table, or half a schema, look like a whole one.
void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw gradwire::SystemError("cannot write to standard output");
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates what distributed learning costs on a network, with real gradients.",
               "gradwire");
  app.set_version_flag("--version", std::string(gradwire::version));
  app.require_subcommand(1);
  app.footer("Example:\n  gradwire run experiments/quickstart.json");
  int status = 0;
  gradwire::commands::add_run(app, status);
  gradwire::commands::add_validate(app);
  gradwire::commands::add_list(app);
  gradwire::commands::add_schema(app);
  gradwire::commands::add_data(app, status);
  try {
    app.parse(argc, argv);
    flush_output();
    return status;
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  } catch (const gradwire::InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "gradwire: {}\n", error.what());
    return 1;
  }
}
