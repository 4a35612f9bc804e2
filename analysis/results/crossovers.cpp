#include "analysis/results/crossovers.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/results/csv.hpp"
#include "analysis/results/json.hpp"
#include "analysis/results/quantity.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

class Columns {
 public:
  explicit Columns(const Csv& csv, const std::string& file) : csv_(csv), file_(file) {}
  [[nodiscard]] std::string text(const char* name) const {
    return std::string(csv_.cell(place_of(name)));
  }
  [[nodiscard]] std::optional<double> number(const char* name) const {
    return number_in(csv_.cell(place_of(name)));
  }

 private:
  [[nodiscard]] std::size_t place_of(const char* name) const {
    if (const auto place = csv_.column(name)) return *place;
    throw InputError(file_, fmt::format("has no column {}; is it gradwire's?", name));
  }
  const Csv& csv_;
  const std::string& file_;
};

}  // namespace

std::vector<FoundCrossover> read_crossovers(const std::filesystem::path& file) {
  const std::string name = file.string();
  Csv csv(read_text(file), name);
  const Columns in(csv, name);
  std::vector<FoundCrossover> all;
  while (csv.next()) {
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
    const auto low = in.number("ci95_low"), high = in.number("ci95_high");
    if (low && high) found.interval = {*low, *high};
    all.push_back(std::move(found));
  }
  return all;
}

std::string place_in_words(double value, const std::string& unit) {
  if (!std::isfinite(value) || value <= 0.0) return "beyond the axis";
  if (unit == "s" && value < 0.9995e-3) return fmt::format("{:.3g} us", value * 1e6);
  if (unit == "s" && value < 0.9995) return fmt::format("{:.3g} ms", value * 1e3);
  if (unit.empty() || unit == "s") return fmt::format("{:.3g}{}", value, unit.empty() ? "" : " s");
  return with_prefix(value, unit);
}

}  // namespace gradwire::analysis
