#include <cstdio>
#include <exception>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/commands/data/data.hpp"
#include "sim/commands/documentation/documentation.hpp"
#include "sim/commands/list.hpp"
#include "sim/commands/report.hpp"
#include "sim/commands/schema.hpp"
#include "sim/commands/slurm/slurm.hpp"
#include "sim/commands/sweeps/replay.hpp"
#include "sim/commands/sweeps/run.hpp"
#include "sim/commands/sweeps/status.hpp"
#include "sim/commands/synthesize/synthesize.hpp"
#include "sim/commands/tcp/calibrate.hpp"
#include "sim/commands/validate.hpp"
#include "sim/commands/verify.hpp"
#include "sim/core/error.hpp"
#include "sim/core/error_text.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/version.hpp"

namespace {

/// Not fmt::print, which throws when even that cannot be written.
int fail(const std::string& message, int status) {
  std::fputs((message + "\n").c_str(), stderr);
  return status;
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
  gradwire::commands::Command app(
      "Simulates what distributed learning costs on a network, with real gradients.", "gradwire");
  app.add_version_flag(std::string(gradwire::version));
  app.require_subcommand();
  app.footer("Example:\n  gradwire run experiments/quickstart.json");
  int status = 0;
  gradwire::commands::add_run(app, status);
  gradwire::commands::add_replay(app, status);
  gradwire::commands::add_status(app, status);
  gradwire::commands::add_index(app);
  gradwire::commands::add_slurm(app);
  gradwire::commands::add_calibrate(app);
  gradwire::commands::add_verify(app, status);
  gradwire::commands::add_synthesize(app, status);
  gradwire::commands::add_validate(app, status);
  gradwire::commands::add_report(app);
  gradwire::commands::add_list(app);
  gradwire::commands::add_schema(app);
  gradwire::commands::add_data(app, status);
  gradwire::commands::add_documentation(app);
  try {
    const auto parsed = app.parse(argc, argv);
    flush_output();
    return parsed.value_or(status);
  } catch (const gradwire::InputError& error) {
    return fail(error.what(), 2);
  } catch (const std::exception& error) {
    return fail("gradwire: " + gradwire::error_text(error), 1);
  }
}
