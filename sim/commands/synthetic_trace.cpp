#include "sim/commands/synthetic_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/results/metrics.hpp"
#include "sim/results/recorder.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/trace/trace.hpp"

namespace gradwire::commands {
namespace {

using algorithms::Message;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream rest(line);
  for (std::string cell; std::getline(rest, cell, ',');) cells.push_back(cell);
  return cells;
}

std::int64_t whole(const std::string& text, const std::string& where) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) {
    throw InputError(where, "must be a whole number, got \"" + text + "\"");
  }
  return number;
}

/// Number of values of a sparse upload.
std::size_t values_of(const scenario::Scenario& scenario, const Synthesis& synthesis) {
  const auto d = static_cast<std::size_t>(synthesis.parameters);
  if (synthesis.values > 0) return std::min(static_cast<std::size_t>(synthesis.values), d);
  return algorithms::k_for(d, scenario.algorithm.get(algorithms::density_parameter));
}

/// The shape of the method's uploads in a model of one tensor.
algorithms::MessageShape shape_of(const scenario::Scenario& scenario, const Synthesis& synthesis,
                                  const Layout& layout) {
  algorithms::MessageShape shape =
      algorithms::shape_of(scenario.algorithm, layout, scenario.wire.values);
  if (shape.representation == Representation::sparse) {
    shape.blocks = {{.offset = 0, .size = layout.size(), .kept = values_of(scenario, synthesis)}};
  }
  return shape;
}

/// An upload of this shape whose values do not matter: with evenly spread indices, or with all
/// levels at their largest.
Message upload_of(const algorithms::MessageShape& shape, std::size_t d) {
  switch (shape.representation) {
    case Representation::nothing:
    case Representation::dense:
      return algorithms::Dense{Vector(d), shape.values};
    case Representation::sparse: {
      const std::size_t k = algorithms::total_k(shape.blocks);
      algorithms::Sparse sparse{
          .indices = {}, .values = std::vector<float>(k), .format = shape.values};
      for (std::size_t i = 0; i < k; ++i) {
        sparse.indices.push_back(static_cast<std::uint32_t>(i * d / k));
      }
      return sparse;
    }
    case Representation::quantized: {
      const auto level = static_cast<std::int16_t>(shape.most_level);
      return algorithms::Quantized{.most_level = level,
                                   .ends = algorithms::ends_of(shape.blocks),
                                   .scales = std::vector<float>(shape.blocks.size(), 1.0F),
                                   .levels = std::vector<std::int16_t>(d, level)};
    }
    case Representation::signs:
      return algorithms::Signs{.ends = algorithms::ends_of(shape.blocks),
                               .scales = std::vector<float>(shape.blocks.size(), 1.0F),
                               .negative = {}};
  }
  throw std::logic_error("no such representation");
}

std::int64_t skips_in(const scenario::Scenario& scenario, const Skips& skips, std::int64_t epoch) {
  if (skips.empty() || !algorithms::ingredients_of(scenario.algorithm).send->skips) return 0;
  const auto found = skips.find({scenario.algorithm.name, scenario.seed, epoch});
  if (found != skips.end()) return found->second;
  throw InputError("--skips", fmt::format("has no line for {}, seed {}, epoch {}",
                                          scenario.algorithm.name, scenario.seed, epoch));
}

/// A NaN for each metric that the scenario's results have, since nothing was evaluated.
Evaluation nan_evaluation(const scenario::Scenario& scenario) {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  Evaluation test{.loss = unknown, .accuracy = unknown};
  const results::ExtraColumns extra = results::extra_columns(scenario);
  if (extra.top5) test.top5_accuracy = unknown;
  for (const std::string& source : extra.sources) test.sources.push_back({source, unknown});
  return test;
}

}  // namespace

Skips read_skips(const std::filesystem::path& file) {
  const std::string refused = not_a_file(file);
  if (!refused.empty()) throw InputError(file.string(), refused);
  std::ifstream in(file);
  if (!in) throw InputError(file.string(), "cannot be read");
  std::string line;
  while (std::getline(in, line) && line.starts_with("#")) {
  }
  const std::vector<std::string> header = cells_of(line);
  const auto column = [&](const char* name) {
    const auto found = std::ranges::find(header, name);
    if (found == header.end())
      throw InputError(file.string(), fmt::format("has no column {}", name));
    return static_cast<std::size_t>(found - header.begin());
  };
  const std::size_t algorithm = column("algorithm"), seed = column("seed"), epoch = column("epoch"),
                    skipped = column("skipped");
  Skips skips;
  for (int row = 2; std::getline(in, line); ++row) {
    const std::vector<std::string> cells = cells_of(line);
    const std::string where = fmt::format("{}: row {}", file.string(), row);
    if (cells.size() != header.size()) {
      throw InputError(where,
                       fmt::format("must have {} cells, has {}", header.size(), cells.size()));
    }
    skips[{cells[algorithm], static_cast<std::uint64_t>(whole(cells[seed], where)),
           whole(cells[epoch], where)}] = whole(cells[skipped], where);
  }
  return skips;
}

std::string synthetic_trace(const scenario::Scenario& scenario, const Synthesis& synthesis) {
  const std::int64_t per_epoch = synthesis.iterations_per_epoch;
  const std::int64_t iterations = results::planned_iterations(scenario, per_epoch);
  const algorithms::SendRuleKind& rule = *algorithms::ingredients_of(scenario.algorithm).send;
  // First iteration in which the send rule may compute an auxiliary gradient.
  const std::int64_t rule_begins =
      rule.first_auxiliary != nullptr ? rule.first_auxiliary(scenario.algorithm) : iterations;
  Layout layout;
  layout.add("all", {synthesis.parameters});
  const algorithms::MessageShape shape = shape_of(scenario, synthesis, layout);
  const algorithms::WireSizes sizes(layout, shape);
  const Part sends{.upload = sizes.of(upload_of(shape, layout.size()))};
  const std::int64_t slots = per_epoch * scenario.workers;
  IterationWork work{
      .parameters = synthesis.parameters,
      .exchanges = {{.downloads = {algorithms::WireSizes::of_dense(synthesis.parameters)},
                     .parts = {},
                     .summable = shape.representation == Representation::dense &&
                                 shape.values == algorithms::ValueFormat::float32,
                     .edges = {}}},
      .train = {},
      .test = {}};
  std::vector<Part>& parts = work.exchanges.front().parts;
  work.train.samples = std::int64_t{scenario.workers} * std::max(1, scenario.batch_size.samples);
  const Evaluation unknown = nan_evaluation(scenario);
  TraceWriter trace(sizes.names());
  for (std::int64_t t = 0; t < iterations; ++t) {
    const std::int64_t skipped = skips_in(scenario, synthesis.skips, t / per_epoch + 1);
    parts.assign(static_cast<std::size_t>(scenario.workers), sends);
    for (std::int64_t m = 0; m < scenario.workers; ++m) {
      Part& part = parts[static_cast<std::size_t>(m)];
      const std::int64_t slot = (t % per_epoch) * scenario.workers + m;
      const bool skips = (slot + 1) * skipped / slots > slot * skipped / slots;
      if (skips) part = {.skipped = true};
      part.auxiliary_gradients = t >= rule_begins ? 1 : 0;
    }
    const std::int64_t done = t + 1;
    const bool evaluated =
        done % scenario.evaluate_every == 0 || done % per_epoch == 0 || done == iterations;
    trace.add(work, evaluated ? std::optional(unknown) : std::nullopt);
  }
  return trace.file({.workers = scenario.workers,
                     .iterations_per_epoch = per_epoch,
                     .parameters = synthesis.parameters,
                     .blas = "none: synthetic",
                     .learning = scenario::learning_digest(scenario)});
}

}  // namespace gradwire::commands
