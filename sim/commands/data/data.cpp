#include "sim/commands/data/data.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "sim/commands/command_line.hpp"
#include "sim/commands/data/data_fetch.hpp"
#include "sim/core/error.hpp"
#include "sim/learn/data/catalogue.hpp"

namespace gradwire::commands {
namespace {

struct DataOptions {
  std::string name;
  std::string data;
};

std::string shape_text(const learn::DatasetReport& report) {
  std::string text;
  for (const std::int64_t extent : report.shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  }
  return text;
}

/// Prints the result of the check; returns true if the dataset is complete and readable.
bool check(const std::string& name, const std::optional<std::filesystem::path>& data) {
  try {
    const learn::DatasetReport report = learn::check_dataset(name, data);
    fmt::print("{}: ok, {} + {} samples of {}, {} classes, in {}{}{}\n", name, report.train_samples,
               report.test_samples, shape_text(report), report.classes, report.folder.string(),
               report.remark.empty() ? "" : "; ", report.remark);
    return true;
  } catch (const InputError& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return false;
  }
}

int check_all(const DataOptions& options) {
  std::optional<std::filesystem::path> data;
  if (!options.data.empty()) data = options.data;
  if (!options.name.empty()) return check(options.name, data) ? 0 : 2;
  bool good = true;
  for (const learn::Entry& dataset : learn::known_datasets()) {
    if (dataset.has_files) good = check(dataset.name, data) && good;
  }
  return good ? 0 : 2;
}

}  // namespace

void add_data(Command& app, int& status) {
  auto options = std::make_shared<DataOptions>();
  Command* command = app.add_subcommand("data", "Data sets");
  command->require_subcommand();
  Command* check =
      command->add_subcommand("check", "Find and read data sets, and say what is wrong");
  check->add_option("name", options->name, "A data set; default: all")->type_name("NAME");
  check->add_option("--data", options->data, "Folder of data sets, looked at first")
      ->type_name("DIR");
  check->footer("Example:\n  gradwire data check fashion-mnist");
  add_data_fetch(*command);
  command->footer("Example:\n  gradwire data check");
  check->callback([options, &status] { status = check_all(*options); });
}

}  // namespace gradwire::commands
