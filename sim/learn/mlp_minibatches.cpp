#include "sim/learn/mlp_minibatches.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gradwire::learn {

/// One worker's minibatch at any model. Remembers every model it was asked about (by identity), so
/// none is sent through the net twice.
class MlpOracle final : public GradientOracle {
 public:
  MlpOracle(MlpMinibatches& iteration, std::size_t group, Rows rows)
      : iteration_(iteration), group_(group), rows_(rows) {}

  std::span<const float> at(const Model& theta) override {
    if (gradient_of_ != theta) {
      if (!gradient_) gradient_ = workshop().gradients.lease();
      gradient_->resize(theta->parameters.size());
      gradient(theta, 1.0F, Into::replace, *gradient_);
      gradient_of_ = theta;
    }
    return *gradient_;
  }

  void write_scaled(float alpha, const Model& theta, std::span<float> out) override {
    gradient(theta, alpha, Into::replace, out);
  }
  void accumulate(float alpha, const Model& theta, std::span<float> y,
                  const OnWritten& written) override {
    gradient(theta, alpha, Into::add, y, written);
  }

  double squared_distance(const Model& a, const Model& b) override {
    if (a == b) return 0.0;
    const auto [pass_a, rows_a] = pass_at(a);
    const auto [pass_b, rows_b] = pass_at(b);
    return workshop().net.squared_distance(*pass_a, rows_a, *pass_b, rows_b);
  }

  /// Sums over the minibatch at the iteration's model; zeros if it was never asked about.
  [[nodiscard]] BatchStatistics statistics() const {
    if (finished_ || !asked_own_) return statistics_;
    return iteration_.groups_[group_]->own_pass().statistics(rows_);
  }

  void finish() {
    if (finished_) return;
    statistics_ = statistics();
    finished_ = true;
    gradient_.reset();
    gradient_of_.reset();
    visits_.clear();
    iteration_.groups_[group_]->leave();
  }

 private:
  struct Visit {
    Model theta;
    Pool<Pass<float>>::Lease pass;
  };
  using PassRows = std::pair<const Pass<float>*, Rows>;

  [[nodiscard]] MlpWorkshop& workshop() const { return *iteration_.workshop_; }

  void gradient(const Model& theta, float alpha, Into into, std::span<float> out,
                const OnWritten& written = {}) {
    const auto [pass, rows] = pass_at(theta);
    workshop().net.gradient<float>(*pass, rows, alpha, into, out, written);
  }

  PassRows pass_at(const Model& theta) {
    if (theta->parameters.size() != workshop().net.layout().size()) {
      throw std::logic_error("a model of another size than the net's");
    }
    const WorkerGroup& group = iteration_.prepared(group_);
    if (theta == iteration_.theta_) {
      asked_own_ = true;
      return {&group.own_pass(), rows_};
    }
    for (const Visit& visit : visits_) {
      if (visit.theta == theta) return {visit.pass.get(), {0, rows_.count}};
    }
    visits_.push_back({theta, visit(theta, group)});
    return {visits_.back().pass.get(), {0, rows_.count}};
  }

  Pool<Pass<float>>::Lease visit(const Model& theta, const WorkerGroup& group) {
    auto pass = workshop().passes.lease();
    const std::size_t width = workshop().net.inputs();
    const auto inputs = group.own_pass().inputs.subspan(rows_.first * width, rows_.count * width);
    const auto labels = group.labels().subspan(rows_.first, rows_.count);
    const auto weights = workshop().packed.of(theta);
    workshop().net.forward<float>(theta->parameters, *weights, inputs, labels, *pass);
    workshop().net.backward<float>(theta->parameters, labels, rows_.count, *pass);
    workshop().forwarded += static_cast<std::int64_t>(rows_.count);
    return pass;
  }

  MlpMinibatches& iteration_;
  std::size_t group_;
  Rows rows_;  ///< of this worker in its group
  bool asked_own_ = false;
  bool finished_ = false;
  BatchStatistics statistics_;  ///< when finished
  std::vector<Visit> visits_;
  Model gradient_of_;
  Pool<Vector>::Lease gradient_;
};

MlpWorkshop::MlpWorkshop(Dataset dataset, std::vector<std::uint32_t> dealt,
                         const ModelConfig& model, int workers, int batch_size, const Draws& draws)
    : data(std::move(dataset)),
      net(data.train.dimension(),
          model.name == "logistic" ? std::vector<std::int64_t>{} : model.hidden, data.classes),
      partition(std::move(dealt), workers, batch_size, draws,
                static_cast<std::int64_t>(net.layout().size())) {}

int workers_per_group(int batch_size) { return std::clamp(50 / batch_size, 1, 5); }

WorkerGroup::WorkerGroup(MlpWorkshop& workshop, const EpochOrder& order, std::int64_t round,
                         int first_worker, int workers)
    : workshop_(workshop), present_(workers) {
  for (int worker = first_worker; worker < first_worker + workers; ++worker) {
    const auto batch = order.batch(worker, round);
    samples_.insert(samples_.end(), batch.begin(), batch.end());
  }
}

bool WorkerGroup::try_prepare(const Model& theta) {
  State expected = State::idle;
  if (!state_.compare_exchange_strong(expected, State::running)) return false;
  try {
    prepare(theta);
  } catch (...) {
    state_ = State::idle;
    state_.notify_all();
    throw;
  }
  state_ = State::done;
  state_.notify_all();
  return true;
}

void WorkerGroup::leave() {
  if (--present_ > 0) return;
  inputs_.reset();
  pass_.reset();
}

void WorkerGroup::prepare(const Model& theta) {
  inputs_ = workshop_.inputs.lease();
  pass_ = workshop_.passes.lease();
  inputs_->resize(samples_.size() * workshop_.net.inputs());
  labels_.resize(samples_.size());
  workshop_.data.train.gather(samples_, *inputs_, labels_);
  const auto weights = workshop_.packed.of(theta);
  const auto batch_size = static_cast<std::size_t>(workshop_.partition.batch_size());
  workshop_.net.forward<float>(theta->parameters, *weights, *inputs_, labels_, *pass_);
  workshop_.net.backward<float>(theta->parameters, labels_, batch_size, *pass_);
  workshop_.forwarded += static_cast<std::int64_t>(samples_.size());
}

MlpMinibatches::MlpMinibatches(std::shared_ptr<MlpWorkshop> workshop, std::int64_t iteration,
                               Model theta)
    : workshop_(std::move(workshop)), theta_(std::move(theta)) {
  const Partition& partition = workshop_->partition;
  const std::int64_t per_epoch = partition.iterations_per_epoch();
  const auto order = partition.epoch(iteration / per_epoch);
  const int together = workers_per_group(partition.batch_size());
  const auto rows = static_cast<std::size_t>(partition.batch_size());
  for (int first = 0; first < partition.workers(); first += together) {
    const int workers = std::min(together, partition.workers() - first);
    groups_.push_back(
        std::make_unique<WorkerGroup>(*workshop_, *order, iteration % per_epoch, first, workers));
    for (std::size_t i = 0; i < static_cast<std::size_t>(workers); ++i) {
      oracles_.push_back(
          std::make_unique<MlpOracle>(*this, groups_.size() - 1, Rows{i * rows, rows}));
    }
  }
}

MlpMinibatches::~MlpMinibatches() = default;

GradientOracle& MlpMinibatches::of(int worker) {
  return *oracles_.at(static_cast<std::size_t>(worker));
}

BatchStatistics MlpMinibatches::statistics(int worker) const {
  return oracles_.at(static_cast<std::size_t>(worker))->statistics();
}

void MlpMinibatches::finished(int worker) {
  oracles_.at(static_cast<std::size_t>(worker))->finish();
}

const WorkerGroup& MlpMinibatches::prepared(std::size_t group) {
  WorkerGroup& wanted = *groups_[group];
  while (!wanted.ready() && !wanted.try_prepare(theta_)) {
    const bool helped = std::any_of(groups_.begin(), groups_.end(),
                                    [this](auto& other) { return other->try_prepare(theta_); });
    if (!helped) wanted.wait();
  }
  return wanted;
}

}  // namespace gradwire::learn
