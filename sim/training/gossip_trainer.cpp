#include "sim/training/gossip_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "sim/algorithms/methods.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/core/stream_names.hpp"
#include "sim/training/timed_oracle.hpp"

namespace gradwire::training {

GossipTrainer::GossipTrainer(Config config, Problem& problem, TaskPool& pool)
    : config_(std::move(config)),
      problem_(problem),
      pool_(pool),
      sizes_(problem.layout(),
             algorithms::shape_of(config_.algorithm, problem.layout(), config_.values)),
      method_(algorithms::make_gossip(config_.algorithm, problem.layout(),
                                      problem.initial_parameters(), config_.nodes, config_.values)),
      node_wall_(static_cast<std::size_t>(config_.nodes)) {
  work_.parameters = static_cast<std::int64_t>(problem.layout().size());
}

algorithms::NodeStep GossipTrainer::step_of(int node) const {
  const auto t = static_cast<std::uint64_t>(iteration_);
  return {.context = {.iteration = iteration_,
                      .worker = node,
                      .random = random_key(stream_hash(config_.seed, stream_names::compression,
                                                       static_cast<std::uint64_t>(node), t)),
                      .shared = random_key(
                          stream_hash(config_.seed, stream_names::shared_compression, t)),
                      .epoch = static_cast<double>(iteration_) /
                               static_cast<double>(problem_.iterations_per_epoch())},
          .gamma = config_.gamma(iteration_).gamma,
          .mixing = *mixing_};
}

GossipTrainer::Half GossipTrainer::compute(int node) {
  const Stopwatch watch;
  const Model own = method_->model(node);
  const auto minibatch = problem_.minibatch(node, iteration_, own);
  TimedOracle gradient(*minibatch);
  Half half{.message = method_->compute(node, gradient, step_of(node)), .batch = {}};
  half.batch = minibatch->statistics();
  LearningWall& wall = node_wall_[static_cast<std::size_t>(node)];
  wall.gradient += gradient.elapsed();
  wall.rule += watch.elapsed() - gradient.elapsed();
  return half;
}

const IterationWork& GossipTrainer::next(const Dropped& /*absent*/) {
  work_.exchanges.assign(1, {.downloads = {Transmission{}}, .parts = {}, .edges = {}});
  work_.train = {};
  mixing_ = config_.mixing.at(iteration_);
  messages_.clear();
  Exchange& exchange = work_.exchanges.front();
  std::deque<TaskPool::Pending<Half>> started;  // in the order of the nodes
  for (int next = 0; messages_.size() < node_wall_.size();) {
    while (next < config_.nodes && started.size() < pool_.start_ahead()) {
      started.push_back(pool_.start([this, node = next] { return compute(node); }));
      ++next;
    }
    Half half = started.front().get();
    started.pop_front();
    const int node = static_cast<int>(messages_.size());
    exchange.parts.push_back(
        {.gradients = problem_.relative_cost(node), .upload = sent_by(half.message)});
    work_.train += half.batch;
    messages_.push_back(std::move(half.message));
  }
  add_edges(exchange);
  return work_;
}

Transmission GossipTrainer::sent_by(const algorithms::Message& message) const {
  const auto plain = method_->plain_values();
  return plain ? algorithms::WireSizes::of_dense(*plain) : sizes_.of(message);
}

void GossipTrainer::add_edges(Exchange& exchange) const {
  for (const auto& [from, to] : mixing_->edges()) {
    exchange.edges.push_back(
        {.from = from, .to = to, .sent = exchange.parts[static_cast<std::size_t>(from)].upload});
  }
}

void GossipTrainer::finish(const Dropped& /*dropped*/) {
  const Stopwatch watch;
  pool_.each(node_wall_.size(), [this](std::size_t index) {
    const Stopwatch mixing;
    const int node = static_cast<int>(index);
    method_->mix(node, messages_, step_of(node));
    node_wall_[index].rule += mixing.elapsed();
  });
  ++iteration_;
  for (int node = 0; node < config_.nodes; ++node) problem_.completed(node, iteration_);
  wall_on_caller_ += watch.elapsed();
}

Model GossipTrainer::model() const {
  const std::size_t d = problem_.layout().size();
  std::vector<double> sum(d, 0.0);
  for (int node = 0; node < config_.nodes; ++node) {
    const auto x = method_->model(node)->parameters();
    for (std::size_t i = 0; i < d; ++i) sum[i] += double{x[i]};
  }
  Vector mean(d);
  for (std::size_t i = 0; i < d; ++i) mean[i] = static_cast<float>(sum[i] / config_.nodes);
  return std::make_shared<const ModelVersion>(iteration_, std::move(mean));
}

double GossipTrainer::consensus_distance(const ModelVersion& mean) const {
  double sum = 0;
  const auto centre = mean.parameters();
  for (int node = 0; node < config_.nodes; ++node) {
    const auto x = method_->model(node)->parameters();
    for (std::size_t i = 0; i < centre.size(); ++i) {
      const double difference = double{x[i]} - double{centre[i]};
      sum += difference * difference;
    }
  }
  return std::sqrt(sum / config_.nodes);
}

double GossipTrainer::nonzero_share() const {
  std::int64_t count = 0;
  std::int64_t all = 0;
  for (int node = 0; node < config_.nodes; ++node) {
    const auto x = method_->model(node)->parameters();
    count += std::ranges::count_if(x, [](float entry) { return entry != 0; });
    all += static_cast<std::int64_t>(x.size());
  }
  return static_cast<double>(count) / static_cast<double>(all);
}

Evaluation GossipTrainer::evaluate(const ParallelFor& each) {
  const Model mean = model();
  Evaluation evaluation = problem_.evaluate(mean, each);
  NodesEvaluation& nodes = evaluation.nodes.emplace();
  nodes.consensus_distance = consensus_distance(*mean);
  nodes.nonzero_share = nonzero_share();
  if (!evaluation.accuracy) return evaluation;
  double sum = 0;
  double worst = 1;
  for (int node = 0; node < config_.nodes; ++node) {
    const double accuracy = problem_.evaluate(method_->model(node), each).accuracy.value();
    sum += accuracy;
    worst = std::min(worst, accuracy);
  }
  nodes.mean_accuracy = sum / config_.nodes;
  nodes.worst_accuracy = worst;
  return evaluation;
}

LearningWall GossipTrainer::wall() const {
  LearningWall total{.gradient = {}, .rule = {}, .on_caller = pool_.collecting() + wall_on_caller_};
  for (const LearningWall& node : node_wall_) {
    total.gradient += node.gradient;
    total.rule += node.rule;
  }
  return total;
}

void GossipTrainer::save(std::ostream& out) {
  SavingArchive archive(out);
  archive(iteration_);
  method_->save(archive);
  problem_.save_state(out);
}

void GossipTrainer::load(std::istream& in) {
  LoadingArchive archive(in);
  archive(iteration_);
  method_->load(archive);
  problem_.load_state(in);
}

}  // namespace gradwire::training
