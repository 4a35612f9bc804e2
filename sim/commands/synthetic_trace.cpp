#include "sim/commands/synthetic_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/send_rules/lazy.hpp"
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

/// An upload of the method with the right number of values at evenly spread indices; the values
/// themselves do not matter.
Message upload_of(const algorithms::Method& method, const Synthesis& synthesis, std::size_t k) {
  const auto d = static_cast<std::size_t>(synthesis.parameters);
  if (!method.sparse) return algorithms::Dense{Vector(d)};
  algorithms::Sparse sparse{.indices = {}, .values = std::vector<float>(k)};
  for (std::size_t i = 0; i < k; ++i) {
    sparse.indices.push_back(static_cast<std::uint32_t>(i * d / k));
  }
  return sparse;
}

WorkerWork work_of(const scenario::Scenario& scenario, const Synthesis& synthesis) {
  const auto& method = algorithms::method(scenario.algorithm.name);
  const auto d = static_cast<std::size_t>(synthesis.parameters);
  const std::size_t k = !method.sparse ? 0
                        : synthesis.values == 0
                            ? algorithms::k_for(d, scenario.algorithm.density)
                            : std::min(static_cast<std::size_t>(synthesis.values), d);
  Layout layout;
  layout.add("all", {synthesis.parameters});
  const Message upload = upload_of(method, synthesis, k);
  std::vector<algorithms::Block> blocks;
  if (method.sparse) blocks = {{.offset = 0, .size = layout.size(), .kept = k}};
  return {.values = algorithms::values_sent(upload),
          .payload = algorithms::payload_bits(upload),
          .encoded = algorithms::WireSizes(layout, blocks).of(upload)};
}

std::int64_t skips_in(const scenario::Scenario& scenario, const Skips& skips, std::int64_t epoch) {
  if (skips.empty() || !algorithms::method(scenario.algorithm.name).lazy) return 0;
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
  const auto& method = algorithms::method(scenario.algorithm.name);
  // First iteration in which the send rule may compute an auxiliary gradient.
  const std::int64_t rule_begins =
      method.lazy ? algorithms::lazy_config(scenario.algorithm, scenario.workers).warm_up
                  : iterations;
  const WorkerWork sends = work_of(scenario, synthesis);
  const std::int64_t slots = per_epoch * scenario.workers;
  IterationWork work{.model = {4 * synthesis.parameters}, .workers = {}};
  work.train.samples = std::int64_t{scenario.workers} * scenario.batch_size;
  const Evaluation unknown = nan_evaluation(scenario);
  TraceWriter trace;
  for (std::int64_t t = 0; t < iterations; ++t) {
    const std::int64_t skipped = skips_in(scenario, synthesis.skips, t / per_epoch + 1);
    work.workers.assign(static_cast<std::size_t>(scenario.workers), sends);
    for (std::int64_t m = 0; m < scenario.workers; ++m) {
      WorkerWork& worker = work.workers[static_cast<std::size_t>(m)];
      const std::int64_t slot = (t % per_epoch) * scenario.workers + m;
      const bool skips = (slot + 1) * skipped / slots > slot * skipped / slots;
      if (skips) worker = {.skipped = true};
      worker.auxiliary_gradients = t >= rule_begins ? 1 : 0;
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
