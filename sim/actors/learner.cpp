#include "sim/actors/learner.hpp"

#include <utility>

#include "sim/core/stopwatch.hpp"

namespace gradwire::actors {
namespace {

/// Passes every question on and takes the time of the answers.
class TimedOracle : public GradientOracle {
 private:
  template <class Question>
  auto timed(Question question) {
    const Stopwatch watch;
    auto answer = question();
    elapsed_ += watch.elapsed();
    return answer;
  }

  /// What others do meanwhile is not the oracle's time.
  OnWritten not_counted(const OnWritten& written) {
    return [this, &written](std::size_t entries) {
      const Stopwatch watch;
      written(entries);
      elapsed_ = elapsed_ - watch.elapsed();
    };
  }

 public:
  explicit TimedOracle(GradientOracle& oracle) : oracle_(oracle) {}

  std::span<const float> at(const Model& theta) override {
    return timed([&] { return oracle_.at(theta); });
  }
  void write_scaled(float alpha, const Model& theta, std::span<float> out) override {
    timed([&] { return oracle_.write_scaled(alpha, theta, out), 0; });
  }
  void accumulate(float alpha, const Model& theta, std::span<float> y,
                  const OnWritten& written) override {
    timed([&] { return oracle_.accumulate(alpha, theta, y, not_counted(written)), 0; });
  }
  double squared_distance(const Model& a, const Model& b) override {
    return timed([&] { return oracle_.squared_distance(a, b); });
  }
  [[nodiscard]] Seconds elapsed() const { return elapsed_; }

 private:
  GradientOracle& oracle_;
  Seconds elapsed_;
};

}  // namespace

Learner::Learner(Config config, Problem& problem, TaskPool& pool)
    : config_(std::move(config)),
      problem_(problem),
      pool_(pool),
      wire_(make_wire_format(config_.algorithm, config_.wire, problem.layout())),
      downlink_(model_bytes(config_.wire, problem.layout())),
      workers_(static_cast<std::size_t>(config_.workers),
               make_worker(config_.algorithm, problem.layout(), config_.workers)),
      server_(make_server(config_.algorithm, problem.initial_parameters(), config_.workers)),
      worker_wall_(static_cast<std::size_t>(config_.workers)) {}

Bytes Learner::begin() {
  const Stopwatch watch;
  minibatches_ = problem_.minibatches(model()->iteration, model());
  wall_begin_finish_ += watch.elapsed();
  return downlink_;
}

GradientCount Learner::gradients(int worker) const {
  const auto& who = workers_[static_cast<std::size_t>(worker)];
  return {.main = 1, .auxiliary = who.auxiliary_gradients()};
}

TaskPool::Pending<Upload> Learner::start(int worker) {
  const algorithms::StepSize gamma = config_.gamma(model()->iteration);
  return pool_.start([this, worker, gamma] { return step(worker, gamma); });
}

Upload Learner::step(int worker, algorithms::StepSize gamma) {
  const auto index = static_cast<std::size_t>(worker);
  const Stopwatch watch;
  TimedOracle gradient(minibatches_->of(worker));
  Upload upload;
  upload.message = workers_[index].step(model(), gamma, gradient);
  upload.skipped = std::holds_alternative<algorithms::Skip>(upload.message);
  upload.payload = payload_bits(upload.message);
  upload.wire = bytes_for(wire_.size(upload.message));
  if (upload.skipped) upload.wire += config_.skip_flag;
  upload.batch = minibatches_->statistics(worker);
  minibatches_->finished(worker);
  worker_wall_[index].gradient += gradient.elapsed();
  worker_wall_[index].rule += watch.elapsed() - gradient.elapsed();
  return upload;
}

void Learner::finish(std::vector<Upload> uploads) {
  const Stopwatch watch;
  std::vector<algorithms::Message> messages;
  messages.reserve(uploads.size());
  for (Upload& upload : uploads) messages.push_back(std::move(upload.message));
  server_.step(std::move(messages));
  minibatches_.reset();
  server_wall_ += watch.elapsed();
  wall_begin_finish_ += watch.elapsed();
}

Bytes Learner::worker_state_bytes() const {
  Bytes total;
  for (const algorithms::Worker& worker : workers_) total += worker.state_bytes();
  return total;
}

LearningWall Learner::wall() const {
  LearningWall total{
      .gradient = {}, .rule = server_wall_, .on_caller = pool_.collecting() + wall_begin_finish_};
  for (const LearningWall& worker : worker_wall_) {
    total.gradient += worker.gradient;
    total.rule += worker.rule;
  }
  return total;
}

}  // namespace gradwire::actors
