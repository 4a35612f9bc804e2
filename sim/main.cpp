#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "sim/commands/calibrate.hpp"
#include "sim/commands/data.hpp"
#include "sim/commands/list.hpp"
#include "sim/commands/replay.hpp"
#include "sim/commands/report.hpp"
#include "sim/commands/run.hpp"
#include "sim/commands/schema.hpp"
#include "sim/commands/synthesize.hpp"
#include "sim/commands/validate.hpp"
#include "sim/commands/verify.hpp"
#include "sim/core/error.hpp"
#include "sim/core/error_text.hpp"
#include "sim/core/nearest.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/version.hpp"

namespace {

/// Not fmt::print, which throws when even that cannot be written.
int fail(const std::string& message, int status) {
  std::fputs((message + "\n").c_str(), stderr);
  return status;
}

/// What stands where one of `app`'s commands must, with the word that was meant; else "".
std::string unknown_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::vector<std::string> known;
  for (const CLI::App* sub : command->get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(sub->get_name());
  }
  const std::vector<std::string> words = app.remaining(true);
  if (words.empty() || known.empty() || words.front().starts_with("-")) return "";
  const std::string meant = gradwire::nearest(words.front(), known);
  return fmt::format("unknown command {}{}", words.front(),
                     meant.empty() ? "" : ", did you mean " + meant + "?");
}

/// Command-line mistakes are wrong input: one line, exit status 2.
int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  const std::string unknown = unknown_command(app);
  return fail(
      fmt::format("gradwire: {} (see gradwire --help)", unknown.empty() ? error.what() : unknown),
      2);
}

/// A full disk must not make half a table, or half a schema, look like a whole one.
void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw gradwire::SystemError("cannot write to standard output");
  }
}

}  // namespace

int main(int argc, char** argv) {
  gradwire::open_standard_streams();
  CLI::App app("Simulates what distributed learning costs on a network, with real gradients.",
               "gradwire");
  app.set_version_flag("--version", std::string(gradwire::version));
  app.require_subcommand(1);
  app.footer("Example:\n  gradwire run experiments/quickstart.json");
  int status = 0;
  gradwire::commands::add_run(app, status);
  gradwire::commands::add_replay(app, status);
  gradwire::commands::add_calibrate(app);
  gradwire::commands::add_verify(app, status);
  gradwire::commands::add_synthesize(app, status);
  gradwire::commands::add_validate(app);
  gradwire::commands::add_report(app);
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
    return fail(error.what(), 2);
  } catch (const std::exception& error) {
    return fail("gradwire: " + gradwire::error_text(error), 1);
  }
}
