#include "sim/training/synchronous_trainer.hpp"

#include <deque>
#include <utility>

#include "sim/core/archive.hpp"
#include "sim/core/stopwatch.hpp"

namespace gradwire::training {

/// Forwards all calls and measures the host time spent in them.
class TimedOracle : public GradientOracle {
 private:
  template <class Question>
  auto timed(Question question) {
    const Stopwatch watch;
    auto answer = question();
    elapsed_ += watch.elapsed();
    return answer;
  }

  /// Excludes the time that the observer takes.
  class NotCounted final : public WriteObserver {
   public:
    NotCounted(WriteObserver& watcher, Seconds& elapsed) : watcher_(watcher), elapsed_(elapsed) {}
    void written(std::size_t end) override {
      not_counted([&] { watcher_.written(end); });
    }
    CandidateMask marks(std::size_t begin, std::size_t end) override {
      return watcher_.marks(begin, end);
    }
    void marked(std::size_t begin, std::size_t end) override {
      not_counted([&] { watcher_.marked(begin, end); });
    }

   private:
    template <class Work>
    void not_counted(const Work& work) {
      const Stopwatch watch;
      work();
      elapsed_ = elapsed_ - watch.elapsed();
    }

    WriteObserver& watcher_;
    Seconds& elapsed_;
  };

 public:
  explicit TimedOracle(GradientOracle& oracle) : oracle_(oracle) {}

  std::span<const float> at(const Model& theta) override {
    return timed([&] { return oracle_.at(theta); });
  }
  void prepare(const Model& theta) override {
    timed([&] { return oracle_.prepare(theta), 0; });
  }
  void write_scaled(float alpha, const Model& theta, std::span<float> out) override {
    timed([&] { return oracle_.write_scaled(alpha, theta, out), 0; });
  }
  void accumulate(float alpha, const Model& theta, std::span<float> y,
                  WriteObserver& watcher) override {
    NotCounted not_counted(watcher, elapsed_);
    timed([&] { return oracle_.accumulate(alpha, theta, y, not_counted), 0; });
  }
  double squared_distance(const Model& a, const Model& b) override {
    return timed([&] { return oracle_.squared_distance(a, b); });
  }
  [[nodiscard]] Seconds elapsed() const { return elapsed_; }

 private:
  GradientOracle& oracle_;
  Seconds elapsed_;
};

SynchronousTrainer::~SynchronousTrainer() = default;

SynchronousTrainer::SynchronousTrainer(Config config, Problem& problem, TaskPool& pool)
    : config_(std::move(config)),
      problem_(problem),
      pool_(pool),
      sizes_(config_.algorithm, problem.layout()),
      workers_(static_cast<std::size_t>(config_.workers),
               make_worker(config_.algorithm, problem.layout(), config_.workers,
                           config_.may_drop ? algorithms::Updates::written
                                            : algorithms::Updates::unwritten)),
      server_(make_server(config_.algorithm, problem.initial_parameters(), config_.workers)),
      oracles_(static_cast<std::size_t>(config_.workers)),
      worker_wall_(static_cast<std::size_t>(config_.workers)) {
  work_.model = algorithms::model_bytes({}, problem.layout());
}

const IterationWork& SynchronousTrainer::next(const Dropped& absent) {
  const Stopwatch watch;
  absent_ = absent;
  minibatches_ = problem_.minibatches(model()->iteration, model());
  announce_reference_models(absent);
  wall_on_caller_ += watch.elapsed();
  work_.workers.clear();
  work_.train = {};
  messages_.clear();
  messages_.reserve(workers_.size());
  batches_.clear();
  std::deque<TaskPool::Pending<Step>> started;  // in the order of the workers
  for (int next = 0; messages_.size() < workers_.size();) {
    while (next < config_.workers && started.size() < pool_.start_ahead()) {
      started.push_back(start_step(next++, absent));
    }
    Step step = started.front().get();
    started.pop_front();
    work_.workers.push_back(step.work);
    work_.train += step.batch;
    batches_.push_back(step.batch);
    messages_.push_back(std::move(step.message));
    receive(messages_.size() - 1);
  }
  return work_;
}

/// Adds a deferred update to the server's sum; the worker's oracle is not used after that.
void SynchronousTrainer::receive(std::size_t worker) {
  if (!std::holds_alternative<algorithms::Unwritten>(messages_[worker])) return;
  const Stopwatch watch;
  const Seconds before = oracles_[worker]->elapsed();
  server_.receive(messages_[worker]);
  minibatches_->finished(static_cast<int>(worker));
  const Seconds gradient = oracles_[worker]->elapsed() - before;
  worker_wall_[worker].gradient += gradient;
  server_wall_ += watch.elapsed() - gradient;
  wall_on_caller_ += watch.elapsed();
}

void SynchronousTrainer::announce_reference_models(const Dropped& absent) {
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    const Model other = is_dropped(absent, m) ? nullptr : workers_[m].reference_model();
    if (other) minibatches_->expect(static_cast<int>(m), other);
  }
}

TaskPool::Pending<SynchronousTrainer::Step> SynchronousTrainer::start_step(int worker,
                                                                           const Dropped& absent) {
  const algorithms::StepSize gamma = config_.gamma(model()->iteration);
  const bool sits_out = is_dropped(absent, static_cast<std::size_t>(worker));
  return pool_.start([this, worker, gamma, sits_out] {
    return sits_out ? skip_iteration(worker, gamma) : step(worker, gamma);
  });
}

SynchronousTrainer::Step SynchronousTrainer::skip_iteration(int worker,
                                                            algorithms::StepSize gamma) {
  workers_[static_cast<std::size_t>(worker)].skip_iteration(model(), gamma);
  return {.message = algorithms::Skip{}, .work = {.gradients = 0, .skipped = true}, .batch = {}};
}

SynchronousTrainer::Step SynchronousTrainer::step(int worker, algorithms::StepSize gamma) {
  const auto index = static_cast<std::size_t>(worker);
  const Stopwatch watch;
  oracles_[index] = std::make_unique<TimedOracle>(minibatches_->of(worker));
  TimedOracle& gradient = *oracles_[index];
  Step step;
  step.work.auxiliary_gradients =
      workers_[index].auxiliary_gradients();  // before step() changes it
  step.message = workers_[index].step(model(), gamma, gradient);
  step.work.skipped = std::holds_alternative<algorithms::Skip>(step.message);
  step.work.values = values_sent(step.message);
  step.work.payload = payload_bits(step.message);
  step.work.encoded = sizes_.of(step.message);
  step.batch = minibatches_->statistics(worker);
  const bool asks_again = std::holds_alternative<algorithms::Unwritten>(step.message);
  if (!asks_again) minibatches_->finished(worker);
  worker_wall_[index].gradient += gradient.elapsed();
  worker_wall_[index].rule += watch.elapsed() - gradient.elapsed();
  return step;
}

void SynchronousTrainer::finish(const Dropped& dropped) {
  const Stopwatch watch;
  work_.train = {};
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    if (!is_dropped(dropped, m)) {
      workers_[m].delivered();
      work_.train += batches_[m];
    } else if (!is_dropped(absent_, m)) {
      workers_[m].rollback(messages_[m]);
    }
  }
  minibatches_.reset();  // they hold the model, whose memory the server may reuse
  auto kept = problem_.kept(model());
  server_.step(std::move(messages_), dropped, std::move(kept));
  server_wall_ += watch.elapsed();
  wall_on_caller_ += watch.elapsed();
}

void SynchronousTrainer::save(std::ostream& out) {
  SavingArchive archive(out);  // a single one: shared models are saved once
  archive(server_);
  for (algorithms::Worker& worker : workers_) archive(worker);
  problem_.save_state(out);
}

void SynchronousTrainer::load(std::istream& in) {
  LoadingArchive archive(in);
  archive(server_);
  for (algorithms::Worker& worker : workers_) archive(worker);
  problem_.load_state(in);
}

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
