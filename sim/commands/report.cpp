#include "sim/commands/report.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "analysis/report.hpp"
#include "analysis/results/encoding.hpp"
#include "analysis/results/load.hpp"
#include "analysis/tables/render.hpp"
#include "sim/commands/command_line.hpp"
#include "sim/core/did_you_mean.hpp"
#include "sim/core/error.hpp"
#include "sim/results/claims/process_name.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/version.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;

/// Lists the files of the report in its folder, so that the next report can remove them.
constexpr const char* list_of_files = ".files";

struct ReportOptions {
  std::vector<std::string> results;
  std::string output;
  double margin = 10.0;  ///< percent
  analysis::PivotRequest pivot;
  bool quiet = false;
};

void check_column(const analysis::Results& results, const std::string& option,
                  const std::string& column) {
  std::vector<std::string> known = results.columns();
  if (std::ranges::count(known, column) > 0) return;
  for (std::size_t i = known.size(); i-- > 0;) {  // accept the names that complete_name() completes
    if (known[i].ends_with(".name")) known.push_back(known[i].substr(0, known[i].rfind('.')));
  }
  const std::string suggestion = did_you_mean(column, known);
  throw InputError(option,
                   fmt::format("no run has a setting or result {}{}", column,
                               suggestion.empty() ? "" : ", did you mean " + suggestion + "?"));
}

/// Completes "algorithm" to "algorithm.name", as --filter does.
void complete_name(const analysis::Results& results, std::string& column) {
  const std::vector<std::string> known = results.columns();
  for (const char* part : {".name", ".kind"}) {
    if (std::ranges::count(known, column) == 0 && std::ranges::count(known, column + part) > 0) {
      column += part;
    }
  }
}

std::optional<analysis::PivotRequest> pivot_of(const ReportOptions& options,
                                               const analysis::Results& results) {
  analysis::PivotRequest pivot = options.pivot;
  if (pivot.rows.empty() && pivot.columns.empty() && pivot.value.empty()) return std::nullopt;
  if (pivot.rows.empty() || pivot.value.empty()) {
    throw InputError("", "a pivot needs both --rows and --value");
  }
  for (std::string* column : {&pivot.rows, &pivot.columns, &pivot.value}) {
    complete_name(results, *column);
  }
  check_column(results, "--rows", pivot.rows);
  if (!pivot.columns.empty()) check_column(results, "--columns", pivot.columns);
  check_column(results, "--value", pivot.value);
  return pivot;
}

fs::path output_folder(const ReportOptions& options) {
  if (!options.output.empty()) return options.output;
  const fs::path first = options.results.front();
  std::error_code ignored;
  return fs::is_directory(first, ignored) ? first / "report" : first.parent_path() / "report";
}

/// Removes the files that the previous report listed here and that this one did not write.
void remove_stale(const fs::path& folder, const std::set<std::string>& written) {
  std::ifstream list(folder / list_of_files);
  for (std::string line; std::getline(list, line);) {
    const fs::path file(line);
    const bool inside =
        !line.empty() && file.is_relative() && std::ranges::count(file, fs::path("..")) == 0;
    std::error_code ignored;
    if (inside && !written.contains(line)) fs::remove(folder / file, ignored);
  }
}

/// Whether `name` is a temporary file of a report whose writer is known to have ended.
bool is_left(const std::string& name) {
  static const std::regex partial(R"(.*\.(md|csv|tex|svg|png|html|files)\.partial-(.*))");
  static const std::regex number("[0-9]{1,9}");
  std::smatch parts;
  if (!std::regex_match(name, parts, partial)) return false;
  if (const auto owner = results::owner_of_partial(name)) {
    return results::liveness_here(*owner) == results::Liveness::dead;
  }
  if (!std::regex_match(parts[2].first, parts[2].second, number)) return false;
  const pid_t writer = std::stoi(parts[2]);  // gradwire 0.1 did not write the host
  return writer == ::getpid() || ::kill(writer, 0) != 0;
}

/// Removes the temporary files of killed reports. Files of another process that still runs are
/// kept: they may belong to a concurrent report.
void remove_partial(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!is_left(entry.path().filename().string())) continue;
    if (entry.is_regular_file(ignored)) fs::remove(entry.path(), ignored);
  }
}

void write(const analysis::Report& report, const fs::path& folder) {
  std::set<std::string> written;
  for (const char* part : {"tables", "figures"}) {
    std::error_code error;
    fs::create_directories(folder / part, error);
    if (error) {
      throw SystemError(
          fmt::format("cannot make {}: {}", (folder / part).string(), error.message()));
    }
    remove_partial(folder / part);
  }
  remove_partial(folder);
  for (const analysis::ReportFile& file : report.files) {
    results::write_atomically(folder / file.path, file.content);
    written.insert(file.path.string());
  }
  remove_stale(folder, written);
  std::string list;
  for (const std::string& name : written) list += name + "\n";
  results::write_atomically(folder / list_of_files, list);
}

void report(const ReportOptions& options) {
  const std::vector<fs::path> places(options.results.begin(), options.results.end());
  const analysis::Results results = analysis::load(places);
  analysis::ReportOptions wanted{.margin = options.margin / 100.0,
                                 .pivot = pivot_of(options, results),
                                 .version = std::string(version)};
  if (const char* vega = std::getenv("GRADWIRE_VEGA")) wanted.vega = vega;
  const analysis::Report made = analysis::make_report(results, wanted);
  const fs::path folder = output_folder(options);
  write(made, folder);
  for (const std::string& note : made.notes) {
    std::fputs(("note: " + analysis::one_line(note) + "\n").c_str(), stderr);
  }
  if (options.quiet) return;
  for (const analysis::Table& table : made.tables) {
    fmt::print("{}\n", analysis::to_text(table));
  }
  fmt::print("{} runs; {} files in {}; open {}\n", results.runs.size(), made.files.size(),
             folder.string(), (folder / "report.html").string());
}

}  // namespace

void add_report(Command& app) {
  Command* command =
      app.add_subcommand("report", "Make tables, figures and a page of any results folders");
  const auto options = std::make_shared<ReportOptions>();
  command
      ->add_option("results", options->results,
                   "Results folders, folders of single runs, or runs.csv files")
      ->required()
      ->type_name("RESULTS");
  command
      ->add_option("-o,--output", options->output, "Folder; default: report, in the first of them")
      ->type_name("DIR");
  command
      ->add_option("--margin", options->margin,
                   "Of equivalence with published numbers, in percent; default: 10")
      ->type_name("PERCENT")
      ->between(0.1, 90.0);
  command->add_option("--rows", options->pivot.rows, "A pivot table's rows: a setting")
      ->type_name("COLUMN");
  command->add_option("--columns", options->pivot.columns, "Its columns: another setting")
      ->type_name("COLUMN");
  command->add_option("--value", options->pivot.value, "What it averages: a setting or a result")
      ->type_name("COLUMN");
  command->add_flag("--quiet", options->quiet, "Print no tables");
  command->footer(
      "Example:\n  gradwire report results/quickstart -o /tmp/report --rows algorithm --columns "
      "platform.uplink --value baseline.simulated_seconds");
  command->callback([options] { report(*options); });
}

}  // namespace gradwire::commands
