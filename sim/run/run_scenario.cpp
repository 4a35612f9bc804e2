#include "sim/run/run_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/core/stopwatch.hpp"
#include "sim/learn/blas.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/external/problem.hpp"
#include "sim/learn/make_problem.hpp"
#include "sim/network/simulation.hpp"
#include "sim/results/shards_table.hpp"
#include "sim/run/build_id.hpp"
#include "sim/run/replay_record.hpp"
#include "sim/run/simulate.hpp"
#include "sim/scenario/digest.hpp"
#include "sim/scenario/epoch_clock.hpp"
#include "sim/scenario/gossip_graph.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/schedule.hpp"
#include "sim/trace/trace.hpp"
#include "sim/training/gossip_trainer.hpp"
#include "sim/training/learned_source.hpp"
#include "sim/training/resumed_source.hpp"
#include "sim/training/synchronous_trainer.hpp"

namespace gradwire::run {
namespace {

/// The learning rate with its initial value in place of "1/L".
scenario::LearningRateConfig resolved_rate(const scenario::Scenario& scenario,
                                           std::optional<double> smoothness) {
  scenario::LearningRateConfig rate = scenario.learning_rate;
  if (rate.inverse_smoothness) rate.initial = rate.factor / smoothness.value();
  return rate;
}

training::Schedule schedule_of(const scenario::Scenario& scenario,
                               const scenario::LearningRateConfig& rate,
                               const scenario::EpochClock& clock) {
  return [rate, epochs = scenario.epochs, clock](std::int64_t iteration) {
    return scenario::step_size(rate, epochs, iteration, clock);
  };
}

training::GossipTrainer::Config gossip_config(const scenario::Scenario& scenario,
                                              const scenario::LearningRateConfig& rate,
                                              std::int64_t per_epoch) {
  return {.algorithm = scenario.algorithm,
          .nodes = scenario.workers,
          .seed = scenario.seed,
          .gamma = schedule_of(scenario, rate, scenario::EpochClock(scenario, per_epoch)),
          .values = scenario.wire.values,
          .mixing = scenario::mixing_schedule_of(scenario)};
}

training::SynchronousTrainer::Config learner_config(const scenario::Scenario& scenario,
                                                    const scenario::LearningRateConfig& rate,
                                                    std::int64_t per_epoch) {
  const scenario::EpochClock clock(scenario, per_epoch);
  return {.algorithm = scenario.algorithm,
          .workers = scenario.workers,
          .seed = scenario.seed,
          .gamma = schedule_of(scenario, rate, clock),
          .may_drop = scenario.protocol.on_failure == protocols::OnFailure::go_on,
          .values = scenario.wire.values,
          .epochs = [clock](std::int64_t iteration) { return clock.epochs(iteration); },
          .local_from = clock.local_from()};
}

std::unique_ptr<training::Trainer> make_trainer(const scenario::Scenario& scenario,
                                                const scenario::LearningRateConfig& rate,
                                                Problem& problem, training::TaskPool& pool) {
  const std::int64_t per_epoch = problem.iterations_per_epoch();
  if (scenario.protocol.kind == protocols::ProtocolKind::gossip) {
    return std::make_unique<training::GossipTrainer>(gossip_config(scenario, rate, per_epoch),
                                                     problem, pool);
  }
  return std::make_unique<training::SynchronousTrainer>(learner_config(scenario, rate, per_epoch),
                                                        problem, pool);
}

learn::Weighting weighting_of(const scenario::Scenario& scenario) {
  switch (algorithms::reduction_of(scenario.algorithm)) {
    case algorithms::Reduction::sum:  // local steps descend the workers' own objectives
      return algorithms::has_local_steps(scenario.algorithm) ? learn::Weighting::mean
                                                             : learn::Weighting::sum;
    case algorithms::Reduction::mean:
      return learn::Weighting::mean;
    case algorithms::Reduction::weighted_mean:
      return algorithms::weights_at_server(scenario.algorithm)
                 ? learn::Weighting::by_samples_at_server
                 : learn::Weighting::by_samples;
  }
  throw std::logic_error("no such reduction");
}

learn::ProblemConfig problem_config(const scenario::Scenario& scenario) {
  return {.dataset = scenario.dataset,
          .model = scenario.model,
          .loss = scenario.loss,
          .weighting = weighting_of(scenario),
          .evaluates_objective = scenario::evaluates_objective(scenario),
          .workers = scenario.workers,
          .batch_size = scenario.batch_size,
          .device = scenario.device};
}

learn::RandomSource random_source_of(const scenario::Scenario& scenario) {
  learn::RandomSource draws(scenario.seed);
  draws.as_pytorch = scenario.draws == scenario::Draws::pytorch;
  const std::string& name = scenario.algorithm.name;
  if (name != algorithms::custom_name) draws.models = algorithms::method(name).models_in_notebook;
  return draws;
}

/// What a scenario learns.
struct Learning {
  std::unique_ptr<Problem> problem;
  std::optional<learn::DataIdentity> data;  ///< nullopt: unknown
  std::vector<std::string> notes;
};

Learning external_learning(const scenario::Scenario& scenario, int threads) {
  auto problem = std::make_unique<learn::ExternalProblem>(
      learn::ExternalProblem::Config{.external = scenario.model.external,
                                     .workers = scenario.workers,
                                     .batch_size = scenario.batch_size.samples,
                                     .seed = scenario.seed,
                                     .processes = std::min(threads, scenario.workers)});
  std::optional<learn::DataIdentity> data = problem->data();
  return {std::move(problem), std::move(data), {results::external_model_note}};
}

Learning learning_of(const scenario::Scenario& scenario, const RunOptions& options) {
  if (scenario.model.name == learn::ModelKind::external) {
    return external_learning(scenario, options.threads);
  }
  learn::Dataset data = learn::load_dataset(scenario.dataset, scenario.seed, options.data);
  Learning learning{{}, data.identity, std::move(data.remarks)};
  learning.problem =
      learn::make_problem(problem_config(scenario), random_source_of(scenario), std::move(data));
  return learning;
}

/// The header of the run's trace.
TraceHeader trace_header(const scenario::Scenario& scenario, const results::Summary& summary,
                         const Problem& problem) {
  return {.workers = scenario.workers,
          .iterations = summary.iterations,
          .iterations_per_epoch = problem.iterations_per_epoch(),
          .parameters = static_cast<std::int64_t>(problem.layout().size()),
          .server_state = summary.server_state,
          .worker_state = summary.worker_state,
          .diverged = summary.status == results::RunStatus::diverged,
          .blas = summary.blas,
          .learning = scenario::learning_digest(scenario),
          .model = summary.model_digest.value_or("")};
}

/// XXH3-128 of theta's bytes, followed by the problem's state where evaluations depend on it.
std::string digest_of(const ModelVersion& model, Problem& problem) {
  const Vector theta = model.plain();
  const std::string_view bytes(reinterpret_cast<const char*>(theta.data()),
                               theta.size() * sizeof(float));
  if (!problem.evaluation_has_state()) return scenario::digest_of(bytes);
  std::ostringstream state;
  problem.save_state(state);
  return scenario::digest_of(std::string(bytes) + state.str());
}

/// What must be equal for a run to resume from a checkpoint, one line each.
struct Identity {
  std::string scenario;
  std::string blas;
  std::string data;
  std::string build;  ///< of this program, and LibTorch's version; empty in older checkpoints

  [[nodiscard]] std::string text() const {
    return scenario + "\n" + blas + "\n" + data + "\n" + build;
  }
  static Identity parse(const std::string& text) {
    std::istringstream lines(text);
    Identity identity;
    std::getline(lines, identity.scenario);
    std::getline(lines, identity.blas);
    std::getline(lines, identity.data);
    std::getline(lines, identity.build);
    return identity;
  }
};

Identity identity_of(const scenario::Scenario& scenario,
                     const std::optional<learn::DataIdentity>& data) {
  return {.scenario = scenario::scenario_hash(scenario),
          .blas = learn::blas_name(),
          .data = data ? results::text_of(*data) : "unknown",
          .build = fmt::format("{}, LibTorch {}", build_id(), learn::torch_version())};
}

/// The remark on a checkpoint that could not be used, or only with reservations; else empty.
std::string remark_on(const Checkpoint& checkpoint, const Identity& now) {
  const std::string anew = "; the run begins anew";
  if (checkpoint.found_damaged()) return "the checkpoint is damaged" + anew;
  if (checkpoint.found_identity().empty() || checkpoint.found_identity() == now.text()) return "";
  const Identity found = Identity::parse(checkpoint.found_identity());
  if (found.scenario != now.scenario) return "the checkpoint is of other settings" + anew;
  if (found.blas != now.blas) {
    return fmt::format("the checkpoint was written with the BLAS {}, this is {}{}", found.blas,
                       now.blas, anew);
  }
  if (found.build != now.build) {
    return fmt::format("the checkpoint was written by another build of gradwire ({}), this is {}{}",
                       found.build.empty() ? "an older one" : found.build, now.build, anew);
  }
  return fmt::format("the checkpoint learned from other data ({}) than those found now ({}){}",
                     found.data, now.data, anew);
}

/// Loads the trainer's state from the checkpoint and returns the iterations before it; null without
/// a checkpoint.
std::unique_ptr<TraceReader> load_checkpoint(Checkpoint& checkpoint, training::Trainer& trainer) {
  const auto trace = checkpoint.read([&](std::istream& in) { trainer.load(in); });
  return trace ? std::make_unique<TraceReader>(*trace, "checkpoint") : nullptr;
}

}  // namespace

RunResult run_scenario(const scenario::Scenario& scenario, const RunOptions& options,
                       const results::RunSink& output) {
  const Stopwatch whole_watch;
  learn::use_one_thread_per_gradient();
  const Learning learning = learning_of(scenario, options);
  Problem* const problem = learning.problem.get();
  if (const auto shards = problem->shards(); output.shards && !shards.empty()) {
    output.shards(results::shards_csv(shards));
  }
  const std::int64_t per_epoch = problem->iterations_per_epoch();
  training::TaskPool pool(options.threads);
  std::optional<double> smoothness;
  if (scenario.learning_rate.inverse_smoothness) smoothness = problem->smoothness();
  const scenario::LearningRateConfig rate = resolved_rate(scenario, smoothness);
  const auto made = make_trainer(scenario, rate, *problem, pool);
  training::Trainer& trainer = *made;
  const Identity identity = identity_of(scenario, learning.data);
  Checkpoint checkpoint(options.checkpoint, identity.text());
  const auto past = load_checkpoint(checkpoint, trainer);
  if (const std::string remark = remark_on(checkpoint, identity); !remark.empty()) {
    options.tell(remark);
  }
  training::ResumedSource iterations(past.get(), trainer);
  std::optional<Evaluation> newest;
  const ParallelFor on_the_pool = [&](std::size_t parts, const auto& part) {
    pool.each(parts, part);
  };
  const auto evaluate = [&] {
    return iterations.replaying() ? iterations.work().test.value() : trainer.evaluate(on_the_pool);
  };
  results::Recorder recorder(scenario, per_epoch,
                             {.evaluate = [&] { return *(newest = evaluate()); },
                              .model_is_finite = [&] { return trainer.is_finite(); },
                              .write = output.metrics,
                              .report = output.progress},
                             iterations.encodings());
  TraceWriter trace(iterations.encodings());

  const Stopwatch simulation_watch;
  double recording = 0.0;
  const auto on_learned = [&](std::int64_t iteration) {
    const Stopwatch record_watch;
    newest.reset();
    const bool go_on = recorder.on_learned(iteration, iterations.work().train);
    trace.add(iterations.work(), newest);
    if (go_on && !iterations.replaying() && checkpoint.due(iteration)) {
      checkpoint.write(trace.file(trace_header(scenario, recorder.summary(), *problem)),
                       [&](std::ostream& out) { trainer.save(out); });
      if (checkpoint.stop_requested()) throw Stopped{};
    }
    recording += record_watch.elapsed().value;
    return go_on;
  };
  const auto on_iteration = [&](const IterationRecord& record) {
    const Stopwatch record_watch;
    recorder.on_timed(record);
    if (output.iteration) output.iteration(record);
    recording += record_watch.elapsed().value;
    return recorder.has_more();
  };
  training::LearnedSource learned(iterations, on_learned);
  const Simulated simulated = simulate(scenario, learned, on_iteration);
  const double simulating = simulation_watch.elapsed().value - recording;

  results::Summary summary = recorder.summary();
  check_conservation(summary.communication, simulated.ledger);
  summary.energy = simulated.energy;
  summary.notes = simulated.notes;
  summary.server_state = trainer.server_state_bytes();
  summary.worker_state = trainer.worker_state_bytes();
  summary.smoothness = smoothness;
  summary.parameters = static_cast<std::int64_t>(problem->layout().size());
  summary.blas = learn::blas_name();
  summary.threads = options.threads;
  summary.simgrid = network::simgrid_version();
  summary.libtorch = learn::torch_version();
  summary.onednn = learn::onednn_version();
  summary.data = learning.data;
  summary.model_digest = digest_of(*trainer.model(), *problem);
  summary.notes.insert(summary.notes.end(), learning.notes.begin(), learning.notes.end());
  summary.wall.gradient = trainer.wall().gradient.value;
  summary.wall.rule = trainer.wall().rule.value;
  summary.wall.simulate = simulating - trainer.wall().on_caller.value;
  summary.wall.total = whole_watch.elapsed().value;
  return {summary, trace.file(trace_header(scenario, summary, *problem))};
}

}  // namespace gradwire::run
