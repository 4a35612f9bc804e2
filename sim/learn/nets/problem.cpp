#include "sim/learn/nets/problem.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "sim/core/archive.hpp"
#include "sim/learn/blas.hpp"
#include "sim/learn/initial_parameters.hpp"
#include "sim/learn/nets/minibatches.hpp"

namespace gradwire::learn {
namespace {

NetTask task_of(const Dataset& data, const LossConfig& loss) {
  NetTask task{.classes = data.classes};
  const auto& shape = data.shape;
  task.columns = shape.back();
  if (shape.size() >= 2) task.rows = shape[shape.size() - 2];
  if (shape.size() >= 3) task.channels = shape[shape.size() - 3];
  return with_loss(task, loss.name);
}

/// Consecutive test samples of one source, evaluated on one worker's replica.
struct TestPart {
  int replica = 0;
  std::size_t source = 0;
  std::size_t first = 0;
  std::size_t samples = 0;
};

/// Splits the whole test set into one range per replica, and each range into parts.
std::vector<TestPart> parts_of(const SampleSet& test, std::size_t replicas) {
  constexpr std::size_t most = 100;
  const auto samples = static_cast<std::size_t>(test.count());
  const auto source_of = [&](std::size_t i) {
    return test.source_of(static_cast<std::uint32_t>(i));
  };
  std::vector<TestPart> parts;
  for (std::size_t m = 0; m < replicas; ++m) {
    const std::size_t end = samples * (m + 1) / replicas;
    for (std::size_t first = samples * m / replicas; first < end;) {
      TestPart part{static_cast<int>(m), source_of(first), first, 1};
      while (part.samples < most && first + part.samples < end &&
             source_of(first + part.samples) == part.source) {
        ++part.samples;
      }
      first += part.samples;
      parts.push_back(part);
    }
  }
  return parts;
}

BatchStatistics outcome_of(const TestPart& part, const NetSharedState& shared, const Model& theta) {
  use_one_thread_per_gradient();
  const SampleSet& test = shared.data.test;
  Vector inputs(part.samples * static_cast<std::size_t>(test.dimension()));
  std::vector<std::uint32_t> indices(part.samples);
  std::vector<Label> labels(part.samples);
  std::iota(indices.begin(), indices.end(), static_cast<std::uint32_t>(part.first));
  test.gather(indices, inputs, labels);
  const NetBatch batch = batch_of(shared, test, indices, inputs, labels);
  return net_outcomes(
      net_output(*shared.net, theta->parameters(), batch, shared.norms.of(part.replica)), batch);
}

/// Sums over the test set.
struct Outcomes {
  BatchStatistics all;
  std::vector<BatchStatistics> of_source;
};

double share(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

Evaluation evaluation_of(const Outcomes& sums, const SampleSet& test, const LossConfig& loss) {
  Evaluation evaluation{.loss = sums.all.loss / static_cast<double>(sums.all.samples)};
  if (!loss.predicts_classes()) return evaluation;
  evaluation.accuracy = share(sums.all.correct, sums.all.samples);
  evaluation.top5_accuracy = share(sums.all.correct_top5, sums.all.samples);
  if (sums.of_source.size() < 2) return evaluation;
  for (std::size_t s = 0; s < sums.of_source.size(); ++s) {
    const BatchStatistics& one = sums.of_source[s];
    evaluation.sources.push_back({test.source_name(s), share(one.correct, one.samples)});
  }
  return evaluation;
}

}  // namespace

NetBatch batch_of(const NetSharedState& shared, const SampleSet& samples,
                  std::span<const std::uint32_t> indices, std::span<const float> inputs,
                  std::span<const Label> labels) {
  NetBatch batch = net_batch(inputs, labels, shared.shape, shared.device);
  if (shared.loss.name == LossKind::cross_entropy) return batch;
  Vector targets(indices.size());
  samples.gather_targets(indices, targets);
  return with_targets(std::move(batch), shared.loss.name, targets);
}

NetSharedState::NetSharedState(Dataset dataset, const NetProblem::Config& config,
                               const RandomSource& draws)
    : data(std::move(dataset)),
      net(make_net(config.model, task_of(data, config.loss))),
      loss(config.loss),
      partition(make_shards(config.partition, data.train, config.workers, draws), config.batch_size,
                draws, net->drawn_parameters()),
      seed(draws.seed),
      device(config.device),
      norms(net->initial_norms(), net->norm_update(), config.workers,
            config.model.batch_norm == BatchNormStatistics::per_worker),
      pending(config.workers) {
  const NetTask task = task_of(data, config.loss);
  shape = {task.channels, task.rows, task.columns};
}

NetProblem::NetProblem(Dataset dataset, const Config& config, const RandomSource& draws)
    : draws_(draws), initial_(config.model.initial) {
  check_device(config.device);
  shared_ = std::make_shared<NetSharedState>(std::move(dataset), config, draws);
}

NetProblem::~NetProblem() = default;

const Layout& NetProblem::layout() const { return shared_->net->layout(); }

Vector NetProblem::initial_parameters() const {
  return learn::initial_parameters(initial_, layout(),
                                   [this] { return shared_->net->initial_parameters(draws_); });
}

std::int64_t NetProblem::iterations_per_epoch() const {
  return shared_->partition.iterations_per_epoch();
}

int NetProblem::workers() const { return shared_->partition.workers(); }

int NetProblem::batch_size(int worker) const { return shared_->partition.batch_size(worker); }

double NetProblem::relative_cost(int worker) const {
  return shared_->partition.relative_batch(worker);
}

std::vector<ShardContents> NetProblem::shards() const {
  return contents_of(shared_->partition.shards(), shared_->data);
}

std::unique_ptr<Minibatch> NetProblem::make_minibatch(int worker, const BatchRange& range,
                                                      const Model& own) {
  const bool has_norms = !shared_->net->initial_norms().means.empty();
  return make_net_minibatch(shared_, {worker, range.step, shared_->partition.batch(worker, range)},
                            own, has_norms ? shared_->pending.add(worker, range.step) : nullptr);
}

void NetProblem::completed(int worker, std::int64_t step) {
  apply_pending();
  shared_->pending.apply(worker, step, shared_->norms);
}

void NetProblem::completed_apart(std::span<const CompletedSteps> workers) {
  if (workers.empty() || shared_->norms.per_worker()) return Problem::completed_apart(workers);
  apply_pending();
  std::vector<NormStatistics> copies(workers.size(), shared_->norms);
  for (std::size_t i = 0; i < workers.size(); ++i) {
    shared_->pending.apply(workers[i].worker, workers[i].step, copies[i]);
  }
  shared_->norms.set_mean(copies);
}

void NetProblem::apply_pending() {
  if (!latest_) return;
  for (std::size_t m = 0; m < latest_->samples.size(); ++m) {
    if (latest_->samples[m].means.empty()) continue;  // no pass at this model, or no batch norm
    shared_->norms.observe(static_cast<int>(m), latest_->samples[m]);
  }
  latest_.reset();
}

std::unique_ptr<Minibatches> NetProblem::minibatches(std::int64_t iteration, const Model& theta) {
  apply_pending();
  latest_ = std::make_shared<PendingStatistics>();
  latest_->samples.resize(static_cast<std::size_t>(shared_->partition.workers()));
  return std::make_unique<NetMinibatches>(shared_, latest_, iteration, theta);
}

Evaluation NetProblem::evaluation(const Model& theta, const ParallelFor& each) {
  apply_pending();
  const SampleSet& test = shared_->data.test;
  const int replicas = shared_->norms.per_worker() ? shared_->partition.workers() : 1;
  const auto parts = parts_of(test, static_cast<std::size_t>(replicas));
  std::vector<BatchStatistics> outcomes(parts.size());
  each(parts.size(), [&](std::size_t i) { outcomes[i] = outcome_of(parts[i], *shared_, theta); });

  Outcomes sums;
  sums.of_source.resize(test.sources());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sums.all += outcomes[i];
    sums.of_source[parts[i].source] += outcomes[i];
  }
  return evaluation_of(sums, test, shared_->loss);
}

void NetProblem::save_state(std::ostream& out) {
  apply_pending();
  SavingArchive archive(out);
  archive(shared_->norms);
}

void NetProblem::load_state(std::istream& in) {
  LoadingArchive archive(in);
  archive(shared_->norms);
}

void NetProblem::save_unfinished(std::ostream& out) {
  SavingArchive archive(out);
  archive(shared_->pending);
}

void NetProblem::load_unfinished(std::istream& in) {
  LoadingArchive archive(in);
  archive(shared_->pending);
}

void NetProblem::forget_unfinished(int worker) { shared_->pending.forget(worker); }

bool NetProblem::evaluation_has_state() const { return !shared_->norms.of(0).means.empty(); }

}  // namespace gradwire::learn
