#include "analysis/results/runs_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "analysis/results/columns.hpp"
#include "analysis/results/csv.hpp"
#include "analysis/results/encoding.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

/// Texts that other programs write for a missing number.
constexpr std::array<std::string_view, 8> missing{"NA",   "N/A",  "n/a",  "#N/A",
                                                  "null", "None", "none", "-"};

/// The text of a numeric cell of the summary; empty if the number is missing. Throws InputError if
/// it is not a number.
std::string_view number_cell(const Csv& csv, std::size_t column) {
  const std::string_view cell = csv.cell(column);
  if (cell.empty() || std::ranges::count(missing, cell) > 0) return {};
  (void)csv.number(column);  // throws if it is not a number
  return cell;
}

Run run_in(const Csv& csv, std::size_t id, const std::vector<bool>& is_result) {
  Run run;
  run.id = one_line(csv.cell(id));
  for (std::size_t i = 0; i < csv.header().size(); ++i) {
    const std::string& name = csv.header()[i];
    if (is_result[i]) {
      // An empty cell is kept: it states that there is no such number.
      run.summary[name] = is_number_of_summary(name) ? number_cell(csv, i) : csv.cell(i);
    } else if (!csv.cell(i).empty()) {
      run.settings[name] = csv.cell(i);
    }
  }
  return run;
}

/// The run of the next readable row; none after the last row.
std::optional<Run> next_run(Csv& csv, std::size_t id, const std::vector<bool>& is_result,
                            std::vector<std::string>& notes) {
  for (;;) {
    try {
      if (!csv.next()) return std::nullopt;
      return run_in(csv, id, is_result);
    } catch (const InputError& error) {
      notes.push_back(fmt::format("{}; this row is left out", error.what()));
    }
  }
}

}  // namespace

std::vector<Run> read_runs_csv(const std::filesystem::path& file, std::vector<std::string>& notes) {
  Csv csv(read_text(file), file.string());
  const auto id = csv.column("id");
  if (!id || !csv.column("status")) {
    throw InputError(file.string(), "must have the columns id and status, as gradwire's runs.csv");
  }
  if (const std::string note = csv.note_on_encoding(); !note.empty()) notes.push_back(note);
  const std::vector<bool> is_result = results_among(csv.header());
  std::vector<Run> runs;
  while (auto run = next_run(csv, *id, is_result, notes)) runs.push_back(std::move(*run));
  return runs;
}

}  // namespace gradwire::analysis
