#include "sim/commands/sweeps/model_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/learn/external/program.hpp"
#include "sim/scenario/model_command.hpp"

namespace gradwire::commands {
namespace {

using scenario::PlannedRun;

bool learns_externally(const PlannedRun& run) {
  return !run.recorded && run.scenario.model.name == learn::ModelKind::external;
}

void require_program(const learn::ExternalConfig& config, const std::string& where) {
  try {
    static_cast<void>(learn::external::find_program(config));
  } catch (const InputError& error) {
    throw InputError(where, error.what());
  }
}

}  // namespace

void require_commands(const sweep::Plan& plan, const std::string& file) {
  scenario::DigestCache cache;
  for (const PlannedRun& run : plan.runs) {
    if (!learns_externally(run)) continue;
    const learn::ExternalConfig& config = run.scenario.model.external;
    require_program(config, file + ": " + sweep::pointer_to(plan, run, "model.command"));
    const scenario::SourceMap source_map{.file = file, .moved = {}};
    const std::string digest =
        digest_of_command(config, scenario::JsonLocation(source_map, "/model"), cache);
    const std::string& expected = run.scenario.model.digest;
    if (digest == expected) continue;
    throw InputError(file + ": " + sweep::pointer_to(plan, run, "model.digest"),
                     fmt::format("must be \"{}\", the digest of the files that the command names, "
                                 "got \"{}\"",
                                 digest, expected));
  }
}

bool has_external_model(const sweep::Plan& plan) {
  return std::ranges::any_of(plan.runs, learns_externally);
}

}  // namespace gradwire::commands
