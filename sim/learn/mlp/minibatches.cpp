#include "sim/learn/mlp/minibatches.hpp"

#include <stdexcept>
#include <utility>

namespace gradwire::learn {

/// One worker's minibatch at any model. Caches the pass at every model (by identity), so that none
/// is computed twice.
class MlpMinibatch final : public Minibatch {
 public:
  MlpMinibatch(std::shared_ptr<WorkerGroups> groups, GroupRows own)
      : groups_(std::move(groups)), own_(own) {}

  void expect(GroupRows place) { expected_ = place; }

  std::span<const float> at(const Model& theta) override {
    if (gradient_of_ != theta) {
      if (!gradient_) gradient_ = shared().gradients.lease();
      gradient_->resize(theta->size());
      gradient(theta, 1.0F, Into::replace, *gradient_);
      gradient_of_ = theta;
    }
    return *gradient_;
  }

  void prepare(const Model& theta) override { static_cast<void>(pass_at(theta)); }

  void write_scaled(float alpha, const Model& theta, std::span<float> out) override {
    gradient(theta, alpha, Into::replace, out);
  }
  void accumulate(float alpha, const Model& theta, std::span<float> y,
                  WriteObserver& watcher) override {
    gradient(theta, alpha, Into::add, y, &watcher);
  }
  void add_to_sum(std::span<const Weighted> terms, float alpha, const Model& theta,
                  std::span<float> out, WriteObserver& watcher) override {
    const auto [pass, rows] = pass_at(theta);
    shared().net.add_gradient(*pass, rows, terms, alpha, out, watcher);
  }

  double squared_distance(const Model& a, const Model& b) override {
    if (a == b) return 0.0;
    const auto [pass_a, rows_a] = pass_at(a);
    const auto [pass_b, rows_b] = pass_at(b);
    return shared().net.squared_distance(*pass_a, rows_a, *pass_b, rows_b);
  }

  /// Sums over the minibatch at the own model; zeros if never evaluated there.
  [[nodiscard]] BatchStatistics statistics() const override {
    if (finished_ || !evaluated_own_) return statistics_;
    return own_.group->pass().statistics(own_.rows);
  }

  void finish() {
    if (finished_) return;
    statistics_ = statistics();
    finished_ = true;
    gradient_.reset();
    gradient_of_.reset();
    extra_passes_.clear();
    own_.group->leave();
    if (expected_.group != nullptr) expected_.group->leave();
  }

 private:
  struct Visit {
    Model theta;
    Pool<Pass<float>>::Lease pass;
  };
  using PassRows = std::pair<const Pass<float>*, Rows>;

  [[nodiscard]] MlpSharedState& shared() const { return groups_->shared(); }

  void gradient(const Model& theta, float alpha, Into into, std::span<float> out,
                WriteObserver* watcher = nullptr) {
    const auto [pass, rows] = pass_at(theta);
    shared().net.gradient<float>(*pass, rows, alpha, into, out, watcher);
  }

  PassRows pass_at(const Model& theta) {
    if (theta->size() != shared().net.layout().size()) {
      throw std::logic_error("a model of another size than the net's");
    }
    if (theta == own_.group->theta()) {
      evaluated_own_ = true;
      return pass_in(own_);
    }
    if (expected_.group != nullptr && theta == expected_.group->theta()) return pass_in(expected_);
    for (const Visit& visit : extra_passes_) {
      if (visit.theta == theta) return {visit.pass.get(), {0, own_.rows.count}};
    }
    extra_passes_.push_back({theta, visit(theta, groups_->prepared(*own_.group))});
    return {extra_passes_.back().pass.get(), {0, own_.rows.count}};
  }

  PassRows pass_in(const GroupRows& place) {
    return {&groups_->prepared(*place.group).pass(), place.rows};
  }

  /// A pass of this minibatch alone, at a model that was not announced by expect().
  Pool<Pass<float>>::Lease visit(const Model& theta, const WorkerGroup& own) {
    auto pass = shared().passes.lease();
    const auto [first, count] = own_.rows;
    const std::size_t width = shared().net.inputs();
    const auto inputs = own.pass().inputs.subspan(first * width, count * width);
    const auto labels = own.labels().subspan(first, count);
    const auto weights = shared().packed.of(theta);
    shared().net.forward<float>(*weights, inputs, labels, *pass);
    shared().net.backward<float>(*weights, labels, count, *pass);
    shared().forwarded += static_cast<std::int64_t>(count);
    return pass;
  }

  std::shared_ptr<WorkerGroups> groups_;
  GroupRows own_;       ///< at the own model
  GroupRows expected_;  ///< at the model given to expect(); its group is null if there is none
  bool evaluated_own_ = false;
  bool finished_ = false;
  BatchStatistics statistics_;  ///< set by finish()
  std::vector<Visit> extra_passes_;
  Model gradient_of_;
  Pool<Vector>::Lease gradient_;
};

MlpMinibatches::MlpMinibatches(std::shared_ptr<MlpSharedState> shared, std::int64_t iteration,
                               Model theta)
    : groups_(std::make_shared<WorkerGroups>(std::move(shared), ModelUse::shared)),
      theta_(std::move(theta)),
      iteration_(iteration) {
  const int workers = groups_->shared().partition.workers();
  for (int worker = 0; worker < workers; ++worker) {
    workers_.push_back(std::make_unique<MlpMinibatch>(groups_, join(worker, theta_)));
  }
}

MlpMinibatches::~MlpMinibatches() = default;

GradientOracle& MlpMinibatches::of(int worker) {
  return *workers_.at(static_cast<std::size_t>(worker));
}

BatchStatistics MlpMinibatches::statistics(int worker) const {
  return workers_.at(static_cast<std::size_t>(worker))->statistics();
}

void MlpMinibatches::finished(int worker) {
  workers_.at(static_cast<std::size_t>(worker))->finish();
}

void MlpMinibatches::expect(int worker, const Model& theta) {
  if (theta == theta_) return;
  workers_.at(static_cast<std::size_t>(worker))->expect(join(worker, theta));
}

GroupRows MlpMinibatches::join(int worker, const Model& theta) {
  return groups_->join(worker, theta, groups_->shared().partition.batch(worker, iteration_));
}

std::unique_ptr<Minibatch> make_mlp_minibatch(std::shared_ptr<MlpSharedState> shared, int worker,
                                              const BatchRange& range, const Model& own) {
  const auto samples = shared->partition.batch(worker, range);
  auto groups = std::make_shared<WorkerGroups>(std::move(shared), ModelUse::once);
  const GroupRows rows = groups->join(worker, own, samples);
  return std::make_unique<MlpMinibatch>(std::move(groups), rows);
}

}  // namespace gradwire::learn
