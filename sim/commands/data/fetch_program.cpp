#include "sim/commands/data/fetch_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/commands/data/fetch_display.hpp"
#include "sim/core/error.hpp"
#include "sim/learn/fetch/fetch.hpp"
#include "sim/sweep/child_process.hpp"

namespace gradwire::commands {
namespace {

void tell(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

/// Ends by raising the signal, as shells expect of an interrupted program.
[[noreturn]] void end_as_interrupted(int signal, const learn::FetchStopped& stopped) {
  tell(stopped.part.empty()
           ? "interrupted; the same command goes on"
           : fmt::format(
                 "interrupted; {} is in {}, and the same command goes on",
                 human_bytes(static_cast<std::int64_t>(std::filesystem::file_size(stopped.part))),
                 stopped.part.string()));
  std::fflush(nullptr);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
  std::abort();  // not reached
}

/// Returns the exit status for one dataset.
int fetch(const learn::RemoteDataset& dataset, const learn::FetchOptions& options, bool quiet) {
  FetchDisplay display(quiet);
  const learn::FetchEvents events{
      .say = [&](const std::string& line) { display.say(line); },
      .progress = [&](const std::string& file, std::int64_t bytes,
                      std::int64_t of) { display.progress(file, bytes, of); },
      .stop = [] { return sweep::InterruptGuard::signal() != 0; }};
  try {
    const learn::FetchResult result = learn::fetch_dataset(dataset, options, events);
    display.erase();
    fmt::print("{}: {} {}, SHA-256 right\n", dataset.name, result.already ? "already in" : "now in",
               result.folder.string());
    if (std::fflush(stdout) != 0) throw SystemError("cannot write to standard output");
    return 0;
  } catch (const InputError& error) {
    display.erase();
    tell(fmt::format("{}: {}", dataset.name, error.what()));
    return 2;
  } catch (const SystemError& error) {
    display.erase();
    tell(fmt::format("gradwire: {}", error.what()));
    return 1;
  }
}

struct FetchProgramOptions {
  std::vector<std::string> names;
  std::string data;
  bool quiet = false;
  learn::FetchOptions fetch;
};

int run(const FetchProgramOptions& options, const std::vector<learn::RemoteDataset>& datasets) {
  int status = 0;
  const sweep::InterruptGuard guard;
  for (const std::string& name : options.names) {
    const auto dataset = std::ranges::find(datasets, name, &learn::RemoteDataset::name);
    if (dataset == datasets.end()) throw InputError("", "unknown data set " + name);
    try {
      status = std::max(status, fetch(*dataset, options.fetch, options.quiet));
      if (sweep::InterruptGuard::signal() != 0) throw learn::FetchStopped{};
    } catch (const learn::FetchStopped& stopped) {
      end_as_interrupted(sweep::InterruptGuard::signal(), stopped);
    }
  }
  return status;
}

}  // namespace

int fetch_program(int argc, char** argv, const std::vector<learn::RemoteDataset>& datasets,
                  double pause_seconds) {
  Command app("Downloads data sets; started by gradwire data fetch.", "gradwire-fetch");
  FetchProgramOptions options;
  options.fetch.pause_seconds = pause_seconds;
  app.add_option("names", options.names, "Data sets")->required();
  app.add_option("--data", options.data, "Folder of data sets");
  app.add_option("--from", options.fetch.from, "Base address");
  app.add_option("--timeout", options.fetch.timeout_seconds, "Seconds of silence");
  app.add_flag("--quiet", options.quiet, "No progress");
  if (const auto status = app.parse(argc, argv)) return *status;
  if (!options.data.empty()) options.fetch.data_dir = options.data;
  try {
    return run(options, datasets);
  } catch (const InputError& error) {
    tell(error.what());
    return 2;
  } catch (const std::exception& error) {
    tell(std::string("gradwire: ") + error.what());
    return 1;
  }
}

}  // namespace gradwire::commands
