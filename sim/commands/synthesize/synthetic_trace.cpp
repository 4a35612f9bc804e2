#include "sim/commands/synthesize/synthetic_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/algorithms/compressors/low_rank.hpp"
#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/gossip/gossip_method.hpp"
#include "sim/algorithms/gossip/mixing_schedule.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/sampled_workers.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/learn/nets/usual_layout.hpp"
#include "sim/results/metrics.hpp"
#include "sim/results/recorder.hpp"
#include "sim/scenario/epoch_clock.hpp"
#include "sim/scenario/gossip_graph.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/trace/trace.hpp"

namespace gradwire::commands {
namespace {

using algorithms::FactoredTensor;
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
std::size_t values_of(const scenario::Scenario& scenario, const Synthesis& synthesis,
                      std::size_t d) {
  if (synthesis.values > 0) return std::min(static_cast<std::size_t>(synthesis.values), d);
  return algorithms::k_for(d, scenario.algorithm.get(algorithms::density_parameter));
}

/// The tensors of the model: one of the given size, or those of the scenario's model.
Layout layout_of(const scenario::Scenario& scenario, const Synthesis& synthesis) {
  if (synthesis.parameters == 0) {
    if (auto layout = learn::usual_layout(scenario.model, scenario.dataset)) return *layout;
    throw InputError("--parameters", "expected: this model's shape is not known from its settings");
  }
  Layout layout;
  layout.add("all", {synthesis.parameters});
  const auto shape = algorithms::shape_of(scenario.algorithm, layout, scenario.wire.values);
  if (shape.representation == Representation::low_rank) {
    throw InputError("--parameters",
                     fmt::format("does not apply to {}, which needs the shapes of the tensors: "
                                 "leave it out, and the scenario's model gives them",
                                 scenario.algorithm.name));
  }
  return layout;
}

/// The shape of the method's uploads. Where the number of values is not known before: the expected
/// one, and k of all tensors together.
algorithms::MessageShape shape_of(const scenario::Scenario& scenario, const Synthesis& synthesis,
                                  const Layout& layout) {
  algorithms::MessageShape shape =
      algorithms::shape_of(scenario.algorithm, layout, scenario.wire.values);
  if (shape.ranks_vary) {
    const auto rank =
        static_cast<std::uint32_t>(scenario.algorithm.get(algorithms::rank_parameter));
    for (FactoredTensor& tensor : shape.tensors) tensor.rank = std::min(tensor.rank, rank);
  }
  const bool is_one_tensor = synthesis.parameters > 0 || synthesis.values > 0;
  const bool has_positions = shape.representation == Representation::sparse ||
                             shape.representation == Representation::coded_sparse;
  if (has_positions && is_one_tensor) {
    shape.blocks = {{.offset = 0,
                     .size = layout.size(),
                     .kept = values_of(scenario, synthesis, layout.size())}};
  }
  return shape;
}

std::vector<std::uint32_t> spread_indices(std::size_t k, std::size_t d) {
  std::vector<std::uint32_t> indices;
  for (std::size_t i = 0; i < k; ++i) indices.push_back(static_cast<std::uint32_t>(i * d / k));
  return indices;
}

algorithms::Quantized quantized_of(const algorithms::MessageShape& shape,
                                   const std::vector<algorithms::Block>& buckets) {
  const auto level = static_cast<std::int16_t>(shape.most_level);
  return {.most_level = level,
          .ends = algorithms::ends_of(buckets),
          .scales = std::vector<float>(buckets.size(), 1.0F),
          .levels = std::vector<std::int16_t>(algorithms::total_k(buckets), level)};
}

algorithms::Signs signs_of(const std::vector<algorithms::Block>& buckets, int floats_per_bucket) {
  const auto floats = [&](bool present) {
    return std::vector<float>(present ? buckets.size() : 0, 1.0F);
  };
  return {.ends = algorithms::ends_of(buckets),
          .scales = floats(floats_per_bucket >= 1),
          .negative_values = floats(floats_per_bucket == 2),
          .negative = {}};
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
      return algorithms::Sparse{
          .indices = spread_indices(k, d), .values = std::vector<float>(k), .format = shape.values};
    }
    case Representation::quantized:
      return quantized_of(shape, shape.blocks);
    case Representation::signs:
      return signs_of(shape.blocks, shape.floats_per_bucket);
    case Representation::coded_sparse: {
      const std::vector<algorithms::Block> kept = algorithms::kept_buckets(shape.blocks);
      algorithms::CodedSparse sparse{
          .indices = spread_indices(algorithms::total_k(shape.blocks), d), .values = {}};
      if (shape.of_kept == Representation::signs) {
        sparse.values = signs_of(kept, 1);
      } else {
        sparse.values = quantized_of(shape, kept);
      }
      return sparse;
    }
    case Representation::low_rank: {
      const algorithms::LowRankSizes sizes = algorithms::sizes_of(shape.tensors, d);
      return algorithms::LowRank{.size = static_cast<std::uint32_t>(d),
                                 .tensors = shape.tensors,
                                 .left = Vector(sizes.left),
                                 .right = Vector(sizes.right),
                                 .scales = Vector(shape.has_scales ? sizes.scales : 0),
                                 .rest = Vector(sizes.rest),
                                 .held = shape.held};
    }
  }
  throw std::logic_error("no such representation");
}

/// The exchanges of one iteration, of one worker that stands for all.
struct Exchanges {
  std::vector<Exchange> all;
  std::optional<Transmission> joined;  ///< what workers receive in place of the next model
};

/// The messages of a vector of zeros.
Exchanges exchanges_of_zeros(algorithms::Compressor& compressor, std::int64_t t, std::size_t d,
                             const algorithms::WireSizes& sizes) {
  const algorithms::StepContext step{.iteration = t};
  const Vector zeros(d, 0.0F);
  std::vector<Message> messages{compressor.compress(zeros, step)};
  Exchanges exchanges;
  const auto add = [&](const Transmission& download) {
    exchanges.all.push_back({.downloads = {download},
                             .parts = {Part{.gradients = exchanges.all.empty() ? 1.0 : 0.0,
                                            .upload = sizes.of(messages.front())}},
                             .summable = algorithms::is_summable(messages.front()),
                             .edges = {}});
  };
  add(algorithms::WireSizes::of_dense(static_cast<std::int64_t>(d)));
  for (int e = 1; e < compressor.exchanges(); ++e) {
    const Message reduced = compressor.reduce(e - 1, messages);
    messages.front() = compressor.compress_next(e, reduced, zeros, step);
    add(sizes.of(reduced));
  }
  if (const auto joined = compressor.joined(messages)) {
    compressor.receive_joined(*joined);
    exchanges.joined = sizes.of(*joined);
  }
  return exchanges;
}

/// The encodings of synthetic messages. All levels of theirs are equal, so that their sizes under
/// the vector source code would be those of no real message: it is left out.
class SyntheticEncodings {
 public:
  SyntheticEncodings(EncodingNames names, const algorithms::MessageShape& shape)
      : names_(std::move(names)) {
    const bool has_levels = shape.representation == Representation::quantized ||
                            (shape.representation == Representation::coded_sparse &&
                             shape.of_kept == Representation::quantized);
    const auto found = std::ranges::find(names_, "levels=vsc");
    if (!has_levels || found == names_.end()) return;
    left_out_ = found - names_.begin();
    names_.erase(found);
  }
  [[nodiscard]] const EncodingNames& names() const { return names_; }
  void apply_to(Transmission& sent) const {
    if (!left_out_) return;
    std::shift_left(sent.encoded.begin() + *left_out_, sent.encoded.end(), 1);
    sent.encoded.back() = {};
  }
  void apply_to(std::vector<Exchange>& exchanges) const {
    for (Exchange& exchange : exchanges) {
      for (Transmission& download : exchange.downloads) apply_to(download);
      for (Part& part : exchange.parts) apply_to(part.upload);
      for (EdgeMessage& edge : exchange.edges) apply_to(edge.sent);
    }
  }

 private:
  EncodingNames names_;
  std::optional<std::ptrdiff_t> left_out_;  ///< position in the names of all encodings
};

/// Number of floats in a message of a decentralised method that does not compress.
std::optional<std::int64_t> plain_values_of(const scenario::Scenario& scenario,
                                            const Layout& layout) {
  if (!algorithms::is_decentralised(scenario.algorithm)) return std::nullopt;
  return algorithms::make_gossip(scenario.algorithm, layout, Vector(layout.size(), 0.0F), 1)
      ->plain_values();
}

/// Of a decentralised scenario.
std::optional<algorithms::MixingSchedule> edges_of(const scenario::Scenario& scenario) {
  if (!algorithms::is_decentralised(scenario.algorithm)) return std::nullopt;
  return scenario::mixing_schedule_of(scenario);
}

/// Each node's message to all its neighbours.
void add_edges(const algorithms::MixingMatrix& mixing, Exchange& exchange) {
  for (const auto& [from, to] : mixing.edges()) {
    exchange.edges.push_back(
        {.from = from, .to = to, .sent = exchange.parts[static_cast<std::size_t>(from)].upload});
  }
}

/// The exchanges of all iterations, without skips.
class SyntheticExchanges {
 public:
  SyntheticExchanges(const scenario::Scenario& scenario, const Synthesis& synthesis,
                     const Layout& layout)
      : d_(layout.size()),
        shape_(shape_of(scenario, synthesis, layout)),
        sizes_(layout, shape_),
        encodings_(sizes_.names(), shape_),
        has_common_positions_(
            algorithms::sends_common_positions(scenario.algorithm, scenario.wire.values)) {
    plain_values_ = plain_values_of(scenario, layout);
    const algorithms::CompressorKind& kind =
        *algorithms::ingredients_of(scenario.algorithm).compress;
    if (!kind.needs_every_worker) return;
    compressor_ = kind.make(scenario.algorithm, layout);
    settled_ = (kind.settles != nullptr ? kind.settles(scenario.algorithm) : 0) + period;
  }

  [[nodiscard]] const EncodingNames& encodings() const { return encodings_.names(); }

  /// Call in ascending order of t.
  const std::vector<Exchange>& of(std::int64_t t) {
    const std::size_t i = position(t);
    if (i == known_.size()) {
      known_.push_back(made(t));
      encodings_.apply_to(known_.back().all);
    }
    return known_[i].all;
  }

 private:
  static constexpr std::int64_t period = 2;

  [[nodiscard]] std::size_t position(std::int64_t t) const {
    if (compressor_ == nullptr) return 0;
    return static_cast<std::size_t>(t < settled_ ? t : settled_ + (t - settled_) % period);
  }
  Exchanges made(std::int64_t t) {
    if (compressor_ == nullptr) {
      const Message upload = upload_of(shape_, d_);
      return {
          .all = {{.downloads = {algorithms::WireSizes::of_dense(static_cast<std::int64_t>(d_))},
                   .parts = {Part{.upload = plain_values_
                                                ? algorithms::WireSizes::of_dense(*plain_values_)
                                                : sizes_.of(upload)}},
                   .summable = has_common_positions_ || algorithms::is_summable(upload),
                   .edges = {}}},
          .joined = {}};
    }
    Exchanges exchanges = exchanges_of_zeros(*compressor_, t, d_, sizes_);
    if (t > 0 && known_.back().joined) {
      exchanges.all.front().downloads.front() = *known_.back().joined;
    }
    return exchanges;
  }

  std::size_t d_;
  algorithms::MessageShape shape_;
  algorithms::WireSizes sizes_;
  SyntheticEncodings encodings_;
  bool has_common_positions_;
  std::optional<std::int64_t> plain_values_;  ///< of a node's message that is not compressed
  std::unique_ptr<algorithms::Compressor> compressor_;  ///< null: all iterations are alike
  std::int64_t settled_ = 0;  ///< from here on sizes have the period, downloads included
  std::vector<Exchanges> known_;
};

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
  if (algorithms::is_decentralised(scenario.algorithm)) {
    test.nodes = NodesEvaluation{.mean_accuracy = unknown,
                                 .worst_accuracy = unknown,
                                 .consensus_distance = unknown,
                                 .nonzero_share = unknown};
  }
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

namespace {

/// With control variates, messages both ways carry two vectors.
void double_messages(Exchange& exchange) {
  for (Transmission& download : exchange.downloads) download = doubled(download);
  for (Part& part : exchange.parts) part.upload = doubled(part.upload);
}

}  // namespace

std::string synthetic_trace(const scenario::Scenario& scenario, const Synthesis& synthesis) {
  const std::int64_t per_epoch = synthesis.iterations_per_epoch;
  const std::int64_t iterations = results::planned_iterations(scenario, per_epoch);
  const algorithms::SendRuleKind& rule = *algorithms::ingredients_of(scenario.algorithm).send;
  // First iteration in which the send rule may compute an auxiliary gradient.
  const std::int64_t rule_begins =
      rule.first_auxiliary != nullptr ? rule.first_auxiliary(scenario.algorithm) : iterations;
  const Layout layout = layout_of(scenario, synthesis);
  const auto parameters = static_cast<std::int64_t>(layout.size());
  SyntheticExchanges exchanges(scenario, synthesis, layout);
  const auto mixing = edges_of(scenario);
  const scenario::EpochClock clock(scenario, per_epoch);
  const std::int64_t slots = per_epoch * scenario.workers;
  const algorithms::LocalStepPlan plan = algorithms::local_step_plan(scenario.algorithm);
  const int sampled = algorithms::sampled_workers_of(scenario.algorithm, scenario.workers);
  const algorithms::AlgorithmConfig algorithm = algorithms::with_defaults(scenario.algorithm);
  const int batch_size = std::max(1, scenario.batch_size.samples);
  IterationWork work{.parameters = parameters, .exchanges = {}, .train = {}, .test = {}};
  const Evaluation unknown = nan_evaluation(scenario);
  TraceWriter trace(exchanges.encodings());
  for (std::int64_t t = 0; t < iterations; ++t) {
    const auto epoch = static_cast<std::int64_t>(std::floor(clock.epochs(t))) + 1;
    const std::int64_t skipped = skips_in(scenario, synthesis.skips, epoch);
    const int samples = algorithms::batch_size_of(algorithm, batch_size, t);
    const std::int64_t steps = t < clock.local_from() ? 1 : plan.of(per_epoch);
    const double gradients = static_cast<double>(samples * steps) / batch_size;
    const std::vector<bool> takes_part =
        algorithms::sampled_workers(scenario.seed, t, scenario.workers, sampled);
    work.train.samples = std::int64_t{sampled} * samples * steps;
    work.exchanges = exchanges.of(t);
    for (Exchange& exchange : work.exchanges) {
      if (algorithms::has_control_variates(scenario.algorithm)) double_messages(exchange);
      exchange.parts.assign(static_cast<std::size_t>(scenario.workers),
                            Part(exchange.parts.front()));
    }
    std::vector<Part>& parts = work.exchanges.front().parts;
    for (std::int64_t m = 0; m < scenario.workers; ++m) {
      Part& part = parts[static_cast<std::size_t>(m)];
      const std::int64_t slot = (t % per_epoch) * scenario.workers + m;
      const bool skips = (slot + 1) * skipped / slots > slot * skipped / slots;
      if (skips) part = {.skipped = true};
      part.gradients = gradients;
      part.auxiliary_gradients = t >= rule_begins ? gradients : 0;
      if (!takes_part[static_cast<std::size_t>(m)]) part = {.gradients = 0, .takes_part = false};
    }
    if (mixing) add_edges(*mixing->at(t), work.exchanges.front());
    const std::int64_t done = t + 1;
    const bool evaluated =
        done % scenario.evaluate_every == 0 || clock.ends_epoch(done) || done == iterations;
    trace.add(work, evaluated ? std::optional(unknown) : std::nullopt);
  }
  return trace.file({.workers = scenario.workers,
                     .iterations_per_epoch = per_epoch,
                     .parameters = parameters,
                     .blas = "none: synthetic",
                     .learning = scenario::learning_digest(scenario)});
}

}  // namespace gradwire::commands
