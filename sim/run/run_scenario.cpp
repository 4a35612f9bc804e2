#include "sim/run/run_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
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
#include "sim/run/model_digest.hpp"
#include "sim/run/replay_record.hpp"
#include "sim/run/simulate.hpp"
#include "sim/scenario/digest.hpp"
#include "sim/scenario/epoch_clock.hpp"
#include "sim/scenario/gossip_graph.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/schedule.hpp"
#include "sim/trace/trace.hpp"
#include "sim/training/asynchronous_trainer.hpp"
#include "sim/training/gossip_trainer.hpp"
#include "sim/training/learned_source.hpp"
#include "sim/training/resumed_asynchronous_source.hpp"
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

/// Of a trainer of workers and a server, as far as it is alike for all.
template <class Trainer>
typename Trainer::Config trainer_config(const scenario::Scenario& scenario,
                                        const scenario::LearningRateConfig& rate,
                                        const scenario::EpochClock& clock) {
  typename Trainer::Config config;
  config.algorithm = scenario.algorithm;
  config.workers = scenario.workers;
  config.seed = scenario.seed;
  config.gamma = schedule_of(scenario, rate, clock);
  config.values = scenario.wire.values;
  config.epochs = [clock](std::int64_t iteration) { return clock.epochs(iteration); };
  config.server_shards = scenario.protocol.server_shards;
  return config;
}

training::SynchronousTrainer::Config synchronous_config(const scenario::Scenario& scenario,
                                                        const scenario::LearningRateConfig& rate,
                                                        std::int64_t per_epoch) {
  const scenario::EpochClock clock(scenario, per_epoch);
  auto config = trainer_config<training::SynchronousTrainer>(scenario, rate, clock);
  config.may_drop = scenario.protocol.on_failure == protocols::OnFailure::go_on;
  config.local_from = clock.local_from();
  return config;
}

training::AsynchronousTrainer::Config asynchronous_config(const scenario::Scenario& scenario,
                                                          const scenario::LearningRateConfig& rate,
                                                          std::int64_t per_epoch) {
  return trainer_config<training::AsynchronousTrainer>(scenario, rate,
                                                       scenario::EpochClock(scenario, per_epoch));
}

std::unique_ptr<training::Trainer> make_trainer(const scenario::Scenario& scenario,
                                                const scenario::LearningRateConfig& rate,
                                                Problem& problem, training::TaskPool& pool) {
  const std::int64_t per_epoch = problem.iterations_per_epoch();
  if (scenario.protocol.kind == protocols::ProtocolKind::gossip) {
    return std::make_unique<training::GossipTrainer>(gossip_config(scenario, rate, per_epoch),
                                                     problem, pool);
  }
  return std::make_unique<training::SynchronousTrainer>(
      synchronous_config(scenario, rate, per_epoch), problem, pool);
}

learn::Weighting weighting_of(const scenario::Scenario& scenario) {
  switch (algorithms::reduction_of(scenario.algorithm)) {
    case algorithms::Reduction::sum:
      // Local steps descend the workers' own objectives; and so does the server with each push that
      // it applies by itself.
      return algorithms::has_local_steps(scenario.algorithm) ||
                     algorithms::is_asynchronous(scenario.algorithm)
                 ? learn::Weighting::mean
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

/// What a run records while it learns: metrics, trace and checkpoints.
class RunRecord {
 public:
  /// The newest iteration, and whether it comes from a checkpoint's trace.
  struct Iterations {
    std::function<const IterationWork&()> work;
    std::function<bool()> replaying;
    const EncodingNames& encodings;
  };
  /// All must outlive this object.
  RunRecord(const scenario::Scenario& scenario, const results::RunSink& output, Problem& problem,
            training::Learner& learner, training::TaskPool& pool, Checkpoint& checkpoint,
            Iterations iterations)
      : scenario_(scenario),
        output_(output),
        problem_(problem),
        learner_(learner),
        pool_(pool),
        checkpoint_(checkpoint),
        iterations_(std::move(iterations)),
        recorder_(scenario, problem.iterations_per_epoch(),
                  {.evaluate = [this] { return *(newest_ = evaluate()); },
                   .model_is_finite = [this] { return learner_.is_finite(); },
                   .write = output.metrics,
                   .report = output.progress},
                  iterations_.encodings),
        trace_(iterations_.encodings) {}

  /// Returns false if the iteration is the last. Throws Stopped after a requested stop.
  bool on_learned(std::int64_t iteration) {
    const Stopwatch watch;
    newest_.reset();
    const bool go_on = recorder_.on_learned(iteration, iterations_.work().train);
    trace_.add(iterations_.work(), newest_);
    if (go_on && !iterations_.replaying() && checkpoint_.due(iteration)) {
      checkpoint_.write(trace(recorder_.summary()), [&](std::ostream& out) { learner_.save(out); });
      if (checkpoint_.stop_requested()) throw Stopped{};
    }
    elapsed_ += watch.elapsed();
    return go_on;
  }
  /// Returns false if the iteration was the last.
  bool on_timed(const IterationRecord& record) {
    const Stopwatch watch;
    recorder_.on_timed(record);
    if (output_.iteration) output_.iteration(record);
    elapsed_ += watch.elapsed();
    return recorder_.has_more();
  }
  [[nodiscard]] results::Summary summary() const { return recorder_.summary(); }
  /// The file of the trace.
  [[nodiscard]] std::string trace(const results::Summary& summary) const {
    return trace_.file(trace_header(scenario_, summary, problem_));
  }
  /// Host time spent here.
  [[nodiscard]] Seconds elapsed() const { return elapsed_; }

 private:
  Evaluation evaluate() {
    if (iterations_.replaying()) return iterations_.work().test.value();
    return learner_.evaluate(
        [this](std::size_t parts, const auto& part) { pool_.each(parts, part); });
  }

  const scenario::Scenario& scenario_;
  const results::RunSink& output_;
  Problem& problem_;
  training::Learner& learner_;
  training::TaskPool& pool_;
  Checkpoint& checkpoint_;
  Iterations iterations_;
  std::optional<Evaluation> newest_;
  results::Recorder recorder_;
  TraceWriter trace_;
  Seconds elapsed_;
};

/// A run from its data to its simulated end.
class Run {
 public:
  Run(const scenario::Scenario& scenario, const RunOptions& options, const results::RunSink& output)
      : scenario_(scenario),
        options_(options),
        output_(output),
        learning_(learning_of(scenario, options)),
        pool_(options.threads),
        identity_(identity_of(scenario, learning_.data)),
        checkpoint_(options.checkpoint, identity_.text()) {
    if (scenario.learning_rate.inverse_smoothness) smoothness_ = problem().smoothness();
    rate_ = resolved_rate(scenario, smoothness_);
    if (const auto shards = problem().shards(); output.shards && !shards.empty()) {
      output.shards(results::shards_csv(shards));
    }
  }

  RunResult play() {
    return scenario_.protocol.kind == protocols::ProtocolKind::asynchronous ? play_asynchronous()
                                                                            : play_synchronous();
  }

 private:
  RunResult play_synchronous() {
    const auto trainer = make_trainer(scenario_, rate_, problem(), pool_);
    const auto past = load_checkpoint(*trainer);
    const auto reader = past ? std::make_unique<TraceReader>(*past, "checkpoint") : nullptr;
    training::ResumedSource iterations(reader.get(), *trainer);
    RunRecord record = record_of(iterations, *trainer);
    training::LearnedSource learned(
        iterations, [&](std::int64_t iteration) { return record.on_learned(iteration); });
    const auto on_iteration = [&](const IterationRecord& one) { return record.on_timed(one); };
    return result(record, *trainer, [&] { return simulate(scenario_, learned, on_iteration); });
  }

  RunResult play_asynchronous() {
    training::AsynchronousTrainer trainer(
        asynchronous_config(scenario_, rate_, problem().iterations_per_epoch()), problem(), pool_);
    const auto past = load_checkpoint(trainer);
    training::ResumedAsynchronousSource iterations(past, scenario_.algorithm, scenario_.workers,
                                                   trainer);
    RunRecord record = record_of(iterations, trainer);
    const auto on_iteration = [&](const IterationRecord& one) {
      record.on_learned(one.iteration);
      return record.on_timed(one);
    };
    return result(record, trainer, [&] {
      Simulated simulated = simulate_asynchronous(scenario_, iterations, on_iteration);
      trainer.await_computations();
      return simulated;
    });
  }

  /// Loads the learner's state from the checkpoint and returns the trace before it; nullopt without
  /// a checkpoint.
  std::optional<std::string> load_checkpoint(training::Learner& learner) {
    auto trace = checkpoint_.read([&](std::istream& in) { learner.load(in); });
    if (const std::string remark = remark_on(checkpoint_, identity_); !remark.empty()) {
      options_.tell(remark);
    }
    return trace;
  }

  template <class Source>
  RunRecord record_of(const Source& iterations, training::Learner& learner) {
    return {scenario_,
            output_,
            problem(),
            learner,
            pool_,
            checkpoint_,
            {.work = [&]() -> const IterationWork& { return iterations.work(); },
             .replaying = [&] { return iterations.replaying(); },
             .encodings = iterations.encodings()}};
  }

  RunResult result(RunRecord& record, training::Learner& learner,
                   const std::function<Simulated()>& simulate) {
    const Stopwatch simulation_watch;
    const Simulated simulated = simulate();
    const Seconds simulating = simulation_watch.elapsed() - record.elapsed();
    results::Summary summary = record.summary();
    check_conservation(summary.communication, simulated.ledger);
    summary.energy = simulated.energy;
    summary.notes = simulated.notes;
    write_graph(scenario_, simulated.hosts, output_);
    summary.server_state = learner.server_state_bytes();
    summary.worker_state = learner.worker_state_bytes();
    summary.smoothness = smoothness_;
    summary.parameters = static_cast<std::int64_t>(problem().layout().size());
    summary.blas = learn::blas_name();
    summary.simgrid = network::simgrid_version();
    summary.libtorch = learn::torch_version();
    summary.onednn = learn::onednn_version();
    summary.threads = options_.threads;
    summary.data = learning_.data;
    summary.model_digest = model_digest(*learner.model(), problem());
    summary.notes.insert(summary.notes.end(), learning_.notes.begin(), learning_.notes.end());
    summary.wall.gradient = learner.wall().gradient.value;
    summary.wall.rule = learner.wall().rule.value;
    summary.wall.simulate = simulating.value - learner.wall().on_caller.value;
    summary.wall.total = whole_watch_.elapsed().value;
    return {summary, record.trace(summary)};
  }

  [[nodiscard]] Problem& problem() { return *learning_.problem; }

  Stopwatch whole_watch_;
  const scenario::Scenario& scenario_;
  const RunOptions& options_;
  const results::RunSink& output_;
  Learning learning_;
  training::TaskPool pool_;
  Identity identity_;
  Checkpoint checkpoint_;
  std::optional<double> smoothness_;
  scenario::LearningRateConfig rate_;
};

}  // namespace

RunResult run_scenario(const scenario::Scenario& scenario, const RunOptions& options,
                       const results::RunSink& output) {
  learn::use_one_thread_per_gradient();
  return Run(scenario, options, output).play();
}

}  // namespace gradwire::run
