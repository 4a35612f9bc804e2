#include "sim/training/synchronous_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "sim/core/archive.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/core/stream_names.hpp"
#include "sim/training/local_minibatches.hpp"

namespace gradwire::training {

namespace {

/// Minibatches in a pass over the samples of each worker, [M].
std::vector<std::int64_t> passes_of(const Problem& problem) {
  std::vector<std::int64_t> passes;
  for (const ShardContents& shard : problem.shards()) {
    const int size = problem.batch_size(static_cast<int>(passes.size()));
    passes.push_back(std::max<std::int64_t>(1, shard.samples / size));
  }
  passes.resize(static_cast<std::size_t>(problem.workers()), problem.iterations_per_epoch());
  return passes;
}

std::function<int(int, std::int64_t)> local_steps_of(const SynchronousTrainer::Config& config,
                                                     const Problem& problem) {
  if (!has_local_steps(config.algorithm)) return nullptr;
  return [plan = local_step_plan(config.algorithm), passes = passes_of(problem),
          from = config.local_from](int worker, std::int64_t t) {
    if (plan.after_first_decay && t < from) return 1;
    return static_cast<int>(plan.of(passes.at(static_cast<std::size_t>(worker))));
  };
}

/// [M] if the server weights contributions by samples, and they differ; else empty.
std::vector<double> weights_of(const algorithms::AlgorithmConfig& config, const Problem& problem) {
  std::vector<double> samples;
  if (!weights_at_server(config)) return samples;
  for (const ShardContents& shard : problem.shards()) {
    samples.push_back(static_cast<double>(shard.samples));
  }
  const bool are_equal =
      std::ranges::adjacent_find(samples, std::ranges::not_equal_to()) == samples.end();
  return are_equal ? std::vector<double>() : samples;
}

std::function<int(int, std::int64_t)> batch_sizes_of(const algorithms::AlgorithmConfig& config) {
  if (!has_own_batch_sizes(config)) return nullptr;
  return [config = with_defaults(config)](int base, std::int64_t t) {
    return batch_size_of(config, base, t);
  };
}

Team team_of(const SynchronousTrainer::Config& config, Problem& problem) {
  const algorithms::AlgorithmConfig& algorithm = config.algorithm;
  const Layout& layout = problem.layout();
  const bool draws_workers = sampled_workers_of(algorithm, config.workers) < config.workers;
  std::vector<double> weights = weights_of(algorithm, problem);
  const bool may_defer = !config.may_drop && !draws_workers && weights.empty();
  return {.workers = std::vector(static_cast<std::size_t>(config.workers),
                                 make_worker(algorithm, layout, config.workers, config.values)),
          .server = make_server(algorithm, layout, problem.initial_parameters(), config.workers,
                                std::move(weights)),
          .shape = shape_of(algorithm, layout, config.values),
          .participation = make_participation(
              algorithm, {.workers = config.workers,
                          .seed = config.seed,
                          .smoothness = needs_smoothness(algorithm) ? problem.worker_smoothness()
                                                                    : std::vector<double>()}),
          .defers = may_defer && sends_plain_updates(algorithm, config.values),
          .batch_size = batch_sizes_of(algorithm),
          .local_steps = local_steps_of(config, problem),
          .steps_locally_if_single = steps_locally_if_single(algorithm),
          .has_variates = has_control_variates(algorithm),
          .groups = make_group_models(algorithm, config.workers),
          .averages_statistics = averages_statistics(algorithm),
          .draws_workers = draws_workers,
          .server_factor = [algorithm, workers = config.workers](algorithms::StepSize size) {
            return server_factor(algorithm, size, workers);
          }};
}

}  // namespace

SynchronousTrainer::~SynchronousTrainer() = default;

SynchronousTrainer::SynchronousTrainer(Config config, Problem& problem, TaskPool& pool)
    : SynchronousTrainer(config, team_of(config, problem), problem, pool) {}

SynchronousTrainer::SynchronousTrainer(Config config, Team team, Problem& problem, TaskPool& pool)
    : config_(std::move(config)),
      problem_(problem),
      pool_(pool),
      sizes_(problem.layout(), team.shape, config_.server_shards),
      workers_(std::move(team.workers)),
      server_(std::move(team.server)),
      participation_(std::move(team.participation)),
      held_model_(workers_.size(), -1),
      defers_(team.defers),
      batch_size_(std::move(team.batch_size)),
      local_steps_(std::move(team.local_steps)),
      steps_locally_if_single_(team.steps_locally_if_single),
      has_variates_(team.has_variates),
      groups_(std::move(team.groups)),
      averages_statistics_(team.averages_statistics),
      draws_workers_(team.draws_workers),
      server_factor_(std::move(team.server_factor)),
      oracles_(workers_.size()),
      worker_wall_(workers_.size()) {
  iterations_per_epoch_ = problem.iterations_per_epoch();
  work_.parameters = static_cast<std::int64_t>(problem.layout().size());
  const bool own_sequences = batch_size_ || local_steps_ || draws_workers_;
  for (int m = 0; own_sequences && m < config_.workers; ++m) {
    ranges_.push_back({0, 0, batch_size_at(m, 0)});
  }
}

int SynchronousTrainer::batch_size_at(int worker, std::int64_t t) const {
  const int own = problem_.batch_size(worker);
  return batch_size_ ? batch_size_(own, t) : own;
}

const IterationWork& SynchronousTrainer::next(const Dropped& absent) {
  const Stopwatch watch;
  absent_ = absent;
  takes_part_ = participation_->choose(model(), config_.gamma(model()->iteration));
  plan_minibatches();
  minibatches_ = is_local_ ? nullptr : open_minibatches();
  if (minibatches_) announce_reference_models();
  wall_on_caller_ += watch.elapsed();
  work_.exchanges.assign(1, first_exchange());
  work_.train = {};
  messages_.clear();
  messages_.reserve(workers_.size());
  batches_.clear();
  std::vector<Part>& parts = work_.exchanges.front().parts;
  std::deque<TaskPool::Pending<Step>> started;  // in the order of the workers
  for (int next = 0; parts.size() < workers_.size();) {
    while (next < config_.workers && started.size() < pool_.start_ahead()) {
      started.push_back(start_step(next++));
    }
    Step step = started.front().get();
    started.pop_front();
    parts.push_back(step.part);
    parts.back().download = download_of(parts.size() - 1);
    const auto worker = static_cast<std::int32_t>(parts.size() - 1);
    for (const Transmission& slice : step.slices) {
      work_.exchanges.front().edges.push_back({.from = worker, .to = worker, .sent = slice});
    }
    work_.train += step.batch;
    batches_.push_back(step.batch);
    if (step.deferred) {
      add(*step.deferred, parts.size() - 1);
    } else {
      messages_.push_back(std::move(step.message));
    }
  }
  work_.exchanges.front().summable = uploads_are_summable();
  compute_further_exchanges();
  return work_;
}

/// Where neither local steps nor draws make a difference, all workers advance, also absent ones.
void SynchronousTrainer::plan_minibatches() {
  computed_.assign(ranges_.size(), 1);
  is_local_ = false;
  if (!local_steps_ && !draws_workers_) return;
  for (std::size_t m = 0; m < ranges_.size(); ++m) {
    if (!is_active(m)) {
      computed_[m] = 0;
    } else if (local_steps_) {
      computed_[m] = local_steps_(static_cast<int>(m), model()->iteration);
    }
  }
  const bool has_several = std::ranges::any_of(computed_, [](int steps) { return steps > 1; });
  is_local_ = local_steps_ && (has_several || steps_locally_if_single_);
}

bool SynchronousTrainer::is_in_lockstep() const {
  if (batch_size_ || averages_statistics_ || std::ranges::find(computed_, 0) != computed_.end())
    return false;
  return std::ranges::all_of(
      ranges_, [this](const BatchRange& range) { return range.step == ranges_.front().step; });
}

std::unique_ptr<Minibatches> SynchronousTrainer::open_minibatches() {
  if (ranges_.empty()) return problem_.minibatches(model()->iteration, model());
  if (is_in_lockstep()) return problem_.minibatches(ranges_.front().step, model());
  std::vector<bool> computes;
  for (const int count : computed_) computes.push_back(count > 0);
  return separate_minibatches(problem_, ranges_, model(), computes);
}

double SynchronousTrainer::relative_batch(std::size_t worker) const {
  if (!batch_size_) return 1.0;  // also where a worker's minibatches are smaller (relative_cost)
  return static_cast<double>(ranges_[worker].size) / problem_.batch_size(static_cast<int>(worker));
}

void SynchronousTrainer::complete_minibatches() {
  minibatches_.reset();  // they hold the model, whose memory the server may reuse
  std::vector<CompletedSteps> completed;
  for (std::size_t m = 0; m < ranges_.size(); ++m) {
    const int worker = static_cast<int>(m);
    ranges_[m] = ranges_[m].after(computed_[m]);
    ranges_[m].size = batch_size_at(worker, model()->iteration + 1);
    if (computed_[m] > 0) completed.push_back({worker, ranges_[m].step});
  }
  if (averages_statistics_) return problem_.completed_apart(completed);
  for (const CompletedSteps& one : completed) problem_.completed(one.worker, one.step);
}

Exchange SynchronousTrainer::first_exchange() const {
  const Transmission whole = algorithms::WireSizes::of_dense(work_.parameters);
  const algorithms::Message* const downlink = server_.downlink();
  if (downlink == nullptr) return exchange_from(has_variates_ ? doubled(whole) : whole);
  Exchange exchange = exchange_from(sizes_.of(*downlink));
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    if (takes_part_[m] && needs_model(m)) return exchange.downloads.push_back(whole), exchange;
  }
  return exchange;
}

bool SynchronousTrainer::needs_model(std::size_t worker) const {
  return server_.downlink() != nullptr && held_model_[worker] + 1 != model()->iteration;
}

std::int32_t SynchronousTrainer::download_of(std::size_t worker) const {
  return takes_part_[worker] && needs_model(worker) ? 1 : 0;
}

Exchange SynchronousTrainer::exchange_from(Transmission download) const {
  Exchange exchange{.downloads = {download}, .parts = {}, .summable = false, .edges = {}};
  exchange.parts.reserve(workers_.size());
  return exchange;
}

bool SynchronousTrainer::uploads_are_summable() const {
  if (algorithms::sends_common_positions(config_.algorithm, config_.values)) return true;
  return std::ranges::all_of(messages_, algorithms::is_summable);
}

void SynchronousTrainer::compute_further_exchanges() {
  const int exchanges = workers_.front().exchanges();
  for (int e = 1; e < exchanges; ++e) {
    const Stopwatch watch;
    const algorithms::Message reduced = workers_.front().reduce(e - 1, messages_);
    Exchange exchange = exchange_from(sizes_.of(reduced));
    std::vector<TaskPool::Pending<algorithms::Message>> started;
    for (int m = 0; m < config_.workers; ++m) {
      const auto index = static_cast<std::size_t>(m);
      started.push_back(pool_.start([this, m, e, index, &reduced] {
        if (std::holds_alternative<algorithms::Skip>(messages_[index])) {
          return algorithms::Message(algorithms::Skip{});
        }
        return workers_[index].next_exchange(e, reduced, context(m));
      }));
    }
    for (std::size_t m = 0; m < started.size(); ++m) {
      messages_[m] = started[m].get();
      exchange.parts.push_back(
          {.gradients = 0,
           .takes_part = takes_part_[m],
           .skipped = takes_part_[m] && std::holds_alternative<algorithms::Skip>(messages_[m]),
           .upload = sizes_.of(messages_[m])});
    }
    exchange.summable = uploads_are_summable();
    work_.exchanges.push_back(std::move(exchange));
    wall_on_caller_ += watch.elapsed();
  }
}

void SynchronousTrainer::add(GradientUpdate& update, std::size_t worker) {
  const Stopwatch watch;
  const Seconds before = oracles_[worker]->elapsed();
  server_.add(update);
  minibatches_->finished(static_cast<int>(worker));
  const Seconds gradient = oracles_[worker]->elapsed() - before;
  worker_wall_[worker].gradient += gradient;
  server_wall_ += watch.elapsed() - gradient;
  wall_on_caller_ += watch.elapsed();
}

void SynchronousTrainer::announce_reference_models() {
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    const Model other = is_active(m) ? workers_[m].reference_model() : nullptr;
    if (other) minibatches_->expect(static_cast<int>(m), other);
  }
}

TaskPool::Pending<SynchronousTrainer::Step> SynchronousTrainer::start_step(int worker) {
  const algorithms::StepSize gamma = config_.gamma(model()->iteration);
  const bool active = is_active(static_cast<std::size_t>(worker));
  return pool_.start([this, worker, gamma, active] {
    if (!active) return skip_iteration(worker, gamma);
    return is_local_ ? step_locally(worker, gamma) : step(worker, gamma);
  });
}

SynchronousTrainer::Step SynchronousTrainer::skip_iteration(int worker,
                                                            algorithms::StepSize gamma) {
  workers_[static_cast<std::size_t>(worker)].skip_iteration(model(), gamma);
  Step step{.message = algorithms::Skip{},
            .deferred = {},
            .part = {.gradients = 0, .takes_part = takes_part_[static_cast<std::size_t>(worker)]},
            .slices = {},
            .batch = {}};
  measure(step);
  step.part.skipped = step.part.takes_part;
  return step;
}

SynchronousTrainer::Step SynchronousTrainer::step(int worker, algorithms::StepSize gamma) {
  const auto index = static_cast<std::size_t>(worker);
  const Stopwatch watch;
  oracles_[index] = std::make_unique<TimedOracle>(minibatches_->of(worker));
  TimedOracle& gradient = *oracles_[index];
  Step step;
  const double cost = problem_.relative_cost(worker) * relative_batch(index);
  step.part.gradients = cost;
  step.part.auxiliary_gradients =
      workers_[index].auxiliary_gradients() * cost;  // before offer() changes it
  offer(worker, gamma, gradient, step);
  step.batch = minibatches_->statistics(worker);
  if (!step.deferred) minibatches_->finished(worker);
  worker_wall_[index].gradient += gradient.elapsed();
  worker_wall_[index].rule += watch.elapsed() - gradient.elapsed();
  return step;
}

SynchronousTrainer::Step SynchronousTrainer::step_locally(int worker, algorithms::StepSize gamma) {
  const auto index = static_cast<std::size_t>(worker);
  const Stopwatch watch;
  LocalMinibatches minibatches(problem_, worker, ranges_[index]);
  const int steps = computed_[index];
  Step step;
  const Model start = groups_ ? groups_->of(worker, model()) : model();
  step.message = workers_[index].step_locally(start, gamma, {minibatches, steps, server_.variate()},
                                              context(worker));
  minibatches.close();
  step.part.gradients = steps * problem_.relative_cost(worker) * relative_batch(index);
  measure(step);
  step.batch = minibatches.statistics();
  worker_wall_[index].gradient += minibatches.elapsed();
  worker_wall_[index].rule += watch.elapsed() - minibatches.elapsed();
  return step;
}

void SynchronousTrainer::offer(int worker, algorithms::StepSize gamma, GradientOracle& gradient,
                               Step& step) {
  algorithms::Worker& sender = workers_[static_cast<std::size_t>(worker)];
  if (defers_) {
    const auto factor = static_cast<float>(sender.gradient_factor(gamma));
    step.deferred.emplace(factor, model(), gradient);
    step.deferred->prepare();
    step.part.upload = algorithms::WireSizes::of_dense(work_.parameters);
    return;
  }
  step.message = sender.step(model(), gamma, gradient, context(worker));
  measure(step);
}

void SynchronousTrainer::measure(Step& step) const {
  step.part.skipped = std::holds_alternative<algorithms::Skip>(step.message);
  step.part.upload = sizes_.of(step.message);
  if (sizes_.slices_vary()) step.slices = sizes_.of_slices(step.message);
  if (!has_variates_) return;
  step.part.upload = doubled(step.part.upload);
  for (Transmission& slice : step.slices) slice = doubled(slice);
}

algorithms::StepContext SynchronousTrainer::context(int worker) const {
  const std::int64_t t = server_.model()->iteration;
  return {.iteration = t,
          .worker = worker,
          .random = random_key(stream_hash(config_.seed, stream_names::compression,
                                           static_cast<std::uint64_t>(worker),
                                           static_cast<std::uint64_t>(t))),
          .shared = random_key(stream_hash(config_.seed, stream_names::shared_compression,
                                           static_cast<std::uint64_t>(t))),
          .epoch = config_.epochs
                       ? config_.epochs(t)
                       : static_cast<double>(t) / static_cast<double>(iterations_per_epoch_)};
}

void SynchronousTrainer::finish(const Dropped& dropped) {
  const Stopwatch watch;
  const algorithms::StepSize size = config_.gamma(model()->iteration);
  const double gamma = server_factor_ ? server_factor_(size) : size.gamma;
  Dropped without_upload = dropped;
  work_.train = {};
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    if (!takes_part_[m]) {
      without_upload.resize(workers_.size());
      without_upload[m] = true;
    } else if (!is_dropped(dropped, m)) {
      server_.add_variate_change(workers_[m].variate_change());
      workers_[m].delivered();
      work_.train += batches_[m];
    } else if (!is_dropped(absent_, m)) {
      workers_[m].rollback(messages_[m]);
    }
  }
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    if (is_active(m) && !is_dropped(dropped, m)) held_model_[m] = model()->iteration;
  }
  complete_minibatches();
  auto kept = problem_.kept(model());
  report_uploads(without_upload);
  if (groups_) groups_->step(model(), messages_);
  if (!step_joined(gamma, without_upload, kept)) {
    server_.step(gamma, std::move(messages_), without_upload, std::move(kept),
                 context(config_.workers));
  }
  server_wall_ += watch.elapsed();
  wall_on_caller_ += watch.elapsed();
}

void SynchronousTrainer::report_uploads(const Dropped& dropped) {
  const algorithms::Message none = algorithms::Skip{};
  for (std::size_t m = 0; m < messages_.size(); ++m) {
    if (is_dropped(dropped, m) || std::holds_alternative<algorithms::Skip>(messages_[m])) continue;
    const algorithms::Message& before = server_.stores_contributions() ? server_.newest(m) : none;
    participation_->received(static_cast<int>(m), before, messages_[m]);
  }
}

bool SynchronousTrainer::step_joined(double gamma, const Dropped& dropped,
                                     std::shared_ptr<const PackedParameters>& kept) {
  for (std::size_t m = 0; m < messages_.size(); ++m) {
    if (is_dropped(dropped, m)) messages_[m] = algorithms::Skip{};
  }
  auto joined = workers_.front().joined(messages_);
  if (!joined) return false;
  std::size_t count = 0;
  for (std::size_t m = 0; m < messages_.size(); ++m) {
    const bool sent = !std::holds_alternative<algorithms::Skip>(messages_[m]);
    workers_[m].receive_joined(*joined, sent);
    count += sent ? 1 : 0;
  }
  server_.step_joined(gamma, std::move(*joined), std::max<std::size_t>(1, count), std::move(kept));
  return true;
}

void SynchronousTrainer::save(std::ostream& out) {
  SavingArchive archive(out);  // a single one: shared models are saved once
  server_.save(archive);
  archive(held_model_);
  for (const BatchRange& range : ranges_) archive(range.step, range.first, range.size);
  participation_->save(archive);
  if (groups_) groups_->save(archive);
  for (const algorithms::Worker& worker : workers_) worker.save(archive);
  problem_.save_state(out);
}

void SynchronousTrainer::load(std::istream& in) {
  LoadingArchive archive(in);
  server_.load(archive);
  archive(held_model_);
  for (BatchRange& range : ranges_) archive(range.step, range.first, range.size);
  participation_->load(archive);
  if (groups_) groups_->load(archive);
  for (algorithms::Worker& worker : workers_) worker.load(archive);
  problem_.load_state(in);
}

bool SynchronousTrainer::is_finite() const { return std::isfinite(model()->squared_step); }

Bytes SynchronousTrainer::worker_state_bytes() const {
  Bytes total;
  for (const algorithms::Worker& worker : workers_) total += worker.state_bytes();
  return total;
}

LearningWall SynchronousTrainer::wall() const {
  LearningWall total{
      .gradient = {}, .rule = server_wall_, .on_caller = pool_.collecting() + wall_on_caller_};
  for (const LearningWall& worker : worker_wall_) {
    total.gradient += worker.gradient;
    total.rule += worker.rule;
  }
  return total;
}

}  // namespace gradwire::training
