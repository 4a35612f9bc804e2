#include "sim/commands/data/data_fetch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "sim/commands/command_line.hpp"
#include "sim/core/did_you_mean.hpp"
#include "sim/core/error.hpp"
#include "sim/learn/fetch/catalogue.hpp"
#include "sim/sweep/child_process.hpp"

namespace gradwire::commands {
namespace {

struct DataFetchOptions {
  std::vector<std::string> names;
  std::string data;
  std::string from;
  double timeout_seconds = 30.0;
  bool quiet = false;
};

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const learn::RemoteDataset& dataset : learn::remote_datasets()) {
    names.push_back(dataset.name);
  }
  return names;
}

void check(const DataFetchOptions& options) {
  const std::vector<std::string> known = known_names();
  for (const std::string& name : options.names) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string suggestion = did_you_mean(name, known);
    throw InputError(
        "", fmt::format("data set \"{}\" cannot be fetched, {}", name,
                        suggestion.empty() ? fmt::format("expected {}", fmt::join(known, ", "))
                                           : fmt::format("did you mean {}?", suggestion)));
  }
  if (!options.from.empty() && !options.from.starts_with("http://") &&
      !options.from.starts_with("https://")) {
    throw InputError("--from", fmt::format("expected an address that begins with http:// or "
                                           "https://, got \"{}\"",
                                           options.from));
  }
}

/// Does not return, except by SystemError: exec hands signals, terminal and exit status to the
/// other program.
[[noreturn]] void exec_gradwire_fetch(const DataFetchOptions& options) {
  const std::string program = sweep::sibling_program("gradwire-fetch").string();
  std::vector<std::string> words{program, "--timeout", fmt::format("{}", options.timeout_seconds)};
  if (!options.data.empty()) words.insert(words.end(), {"--data", options.data});
  if (!options.from.empty()) words.insert(words.end(), {"--from", options.from});
  if (options.quiet) words.emplace_back("--quiet");
  words.emplace_back("--");
  const auto names = options.names.empty() ? known_names() : options.names;
  words.insert(words.end(), names.begin(), names.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  throw SystemError(fmt::format("cannot start {}: {}", program, std::strerror(errno)));
}

}  // namespace

void add_data_fetch(Command& data) {
  auto options = std::make_shared<DataFetchOptions>();
  Command* fetch = data.add_subcommand(
      "fetch", "Download data sets, check their digests, go on where it was stopped");
  fetch
      ->add_option("names", options->names,
                   fmt::format("Of {}; default: all", fmt::join(known_names(), ", ")))
      ->type_name("NAME");
  fetch
      ->add_option("--data", options->data,
                   "Folder of data sets; default: $GRADWIRE_DATA, else ~/.cache/gradwire")
      ->type_name("DIR");
  fetch
      ->add_option("--from", options->from,
                   "Base address of a mirror, instead of the official ones: "
                   "URL/cifar-10-binary.tar.gz; digests are checked all the same")
      ->type_name("URL");
  fetch
      ->add_option("--timeout", options->timeout_seconds,
                   "Give up on a connection that was silent this long")
      ->type_name("SECONDS")
      ->between(0.1, 86400.0)
      ->show_default();
  fetch->add_flag("--quiet", options->quiet, "No progress");
  fetch->footer(
      "Example:\n  gradwire data fetch mnist\n\nProxies are taken from the environment: "
      "http_proxy, https_proxy, no_proxy.");
  fetch->callback([options] {
    check(*options);
    exec_gradwire_fetch(*options);
  });
}

}  // namespace gradwire::commands
