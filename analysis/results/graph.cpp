#include "analysis/results/graph.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "analysis/results/csv.hpp"
#include "analysis/results/json.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

std::size_t column_named(const Csv& csv, const char* name, const std::string& file) {
  const auto column = csv.column(name);
  if (!column) throw InputError(file, fmt::format("has no column {}; is it gradwire's?", name));
  return *column;
}

/// A whole number from `least` up to, but not including, `end`.
std::size_t whole_in(const Csv& csv, std::size_t column, std::size_t least, std::size_t end) {
  const double number = csv.number(column);
  if (number >= static_cast<double>(least) && number < static_cast<double>(end) &&
      number == std::floor(number)) {
    return static_cast<std::size_t>(number);
  }
  throw InputError(
      csv.place(),
      fmt::format("column {} must be a whole number from {} to {}, got {}", csv.header()[column],
                  least, end - 1, quoted_for_message(csv.cell(column))));
}

}  // namespace

NodeGraph read_graph(const std::filesystem::path& file, std::size_t nodes) {
  constexpr std::size_t most_iterations = 1'000'000'000;
  Csv csv(read_text(file), file.string());
  const auto named = [&](const char* name) { return column_named(csv, name, file.string()); };
  const std::size_t iteration = named("iteration"), from = named("from"), to = named("to"),
                    from_zone = named("from_zone"), to_zone = named("to_zone");
  NodeGraph graph{.messages = {}, .zones = std::vector<std::string>(nodes)};
  while (csv.next()) {
    const bool in_every_one = csv.cell(iteration).empty();
    const GraphMessage message{
        .from = whole_in(csv, from, 0, nodes),
        .to = whole_in(csv, to, 0, nodes),
        .iteration = in_every_one ? 0 : whole_in(csv, iteration, 1, most_iterations)};
    graph.zones[message.from] = csv.cell(from_zone);
    graph.zones[message.to] = csv.cell(to_zone);
    graph.messages.push_back(message);
  }
  return graph;
}

}  // namespace gradwire::analysis
