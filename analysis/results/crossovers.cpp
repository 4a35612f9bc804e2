#include "analysis/results/crossovers.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "analysis/results/csv.hpp"
#include "analysis/results/json.hpp"
#include "analysis/results/quantity.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::array<const char*, 14> needed{
    "setting", "statement", "method", "than",  "margin",   "network_model", "over",
    "unit",    "holds",     "at",     "seeds", "ci95_low", "ci95_high",     "note"};

class Columns {
 public:
  /// Throws InputError if a column is missing.
  Columns(const Csv& csv, const std::string& file) : csv_(csv) {
    for (const char* name : needed) {
      if (csv.column(name)) continue;
      throw InputError(file, fmt::format("has no column {}; is it gradwire's?", name));
    }
  }
  [[nodiscard]] std::string text(const char* name) const {
    return std::string(csv_.cell(*csv_.column(name)));
  }
  [[nodiscard]] std::optional<double> number(const char* name) const {
    return number_in(csv_.cell(*csv_.column(name)));
  }

 private:
  const Csv& csv_;
};

/// Throws InputError with the line if the cells `holds` and `at` contradict each other.
FoundCrossover row_of(const Csv& csv, const Columns& in) {
  FoundCrossover found{.setting = in.text("setting"),
                       .statement = in.text("statement"),
                       .method = in.text("method"),
                       .than = in.text("than"),
                       .margin = in.number("margin").value_or(0.0),
                       .model = in.text("network_model"),
                       .over = in.text("over"),
                       .unit = in.text("unit"),
                       .holds = in.text("holds"),
                       .at = in.number("at"),
                       .interval = std::nullopt,
                       .seeds = in.text("seeds"),
                       .note = in.text("note")};
  const bool of_a_part = found.holds == "below" || found.holds == "above";
  if (of_a_part != found.at.has_value() || (found.at && !std::isfinite(*found.at))) {
    throw InputError(csv.place(), fmt::format("holds is {} and at is {}: must be below or above "
                                              "with a number, or another word without one",
                                              quoted_for_message(found.holds),
                                              quoted_for_message(in.text("at"))));
  }
  const auto low = in.number("ci95_low"), high = in.number("ci95_high");
  if (low && high) found.interval = {*low, *high};
  return found;
}

}  // namespace

std::vector<FoundCrossover> read_crossovers(const std::filesystem::path& file,
                                            std::vector<std::string>& notes) {
  const std::string name = file.string();
  Csv csv(read_text(file), name);
  if (const std::string note = csv.note_on_encoding(); !note.empty()) notes.push_back(note);
  const Columns in(csv, name);
  std::vector<FoundCrossover> all;
  for (;;) {
    try {
      if (!csv.next()) return all;
      all.push_back(row_of(csv, in));
    } catch (const InputError& error) {
      notes.push_back(fmt::format("{}; this row is left out", error.what()));
    }
  }
}

std::string format_value(double value, const std::string& unit) {
  if (!std::isfinite(value) || value <= 0.0) return "beyond the axis";
  if (unit == "s" && value < 0.9995e-3) return fmt::format("{:.3g} us", value * 1e6);
  if (unit == "s" && value < 0.9995) return fmt::format("{:.3g} ms", value * 1e3);
  if (unit.empty() || unit == "s") return fmt::format("{:.3g}{}", value, unit.empty() ? "" : " s");
  return with_prefix(value, unit);
}

}  // namespace gradwire::analysis
