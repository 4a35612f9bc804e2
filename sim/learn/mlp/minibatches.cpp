#include "sim/learn/mlp/minibatches.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace gradwire::learn {
namespace {

/// The worker numbers of a group span less than this, so that its buffers are released soon.
constexpr int max_span = 20;

}  // namespace

/// One worker's minibatch at any model. Caches the pass at every model (by identity), so that none
/// is computed twice.
class MlpOracle final : public GradientOracle {
 public:
  MlpOracle(MlpMinibatches& iteration, GroupRows own) : iteration_(iteration), own_(own) {}

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

  double squared_distance(const Model& a, const Model& b) override {
    if (a == b) return 0.0;
    const auto [pass_a, rows_a] = pass_at(a);
    const auto [pass_b, rows_b] = pass_at(b);
    return shared().net.squared_distance(*pass_a, rows_a, *pass_b, rows_b);
  }

  /// Sums over the minibatch at the iteration's model; zeros if never evaluated there.
  [[nodiscard]] BatchStatistics statistics() const {
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

  [[nodiscard]] MlpSharedState& shared() const { return *iteration_.shared_; }

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
    extra_passes_.push_back({theta, visit(theta, iteration_.prepared(*own_.group))});
    return {extra_passes_.back().pass.get(), {0, own_.rows.count}};
  }

  PassRows pass_in(const GroupRows& place) {
    return {&iteration_.prepared(*place.group).pass(), place.rows};
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

  MlpMinibatches& iteration_;
  GroupRows own_;       ///< at the iteration's model
  GroupRows expected_;  ///< at the model given to expect(); its group is null if there is none
  bool evaluated_own_ = false;
  bool finished_ = false;
  BatchStatistics statistics_;  ///< set by finish()
  std::vector<Visit> extra_passes_;
  Model gradient_of_;
  Pool<Vector>::Lease gradient_;
};

MlpSharedState::MlpSharedState(Dataset dataset, std::vector<std::uint32_t> shards,
                               const ModelConfig& model, int workers, int batch_size,
                               const RandomSource& draws)
    : data(std::move(dataset)),
      net(data.train.dimension(),
          model.name == "logistic" ? std::vector<std::int64_t>{} : model.hidden, data.classes),
      partition(std::move(shards), workers, batch_size, draws,
                static_cast<std::int64_t>(net.layout().size())) {}

int workers_per_group(int batch_size) { return std::clamp(50 / batch_size, 1, 5); }

Rows WorkerGroup::join(std::span<const std::uint32_t> samples) {
  const Rows rows{samples_.size(), samples.size()};
  samples_.insert(samples_.end(), samples.begin(), samples.end());
  ++active_;
  return rows;
}

bool WorkerGroup::try_prepare() {
  State expected = State::idle;
  if (!state_.compare_exchange_strong(expected, State::running)) return false;
  try {
    prepare();
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
  if (--active_ > 0) return;
  inputs_.reset();
  pass_.reset();
}

void WorkerGroup::prepare() {
  inputs_ = shared_.inputs.lease();
  pass_ = shared_.passes.lease();
  inputs_->resize(samples_.size() * shared_.net.inputs());
  labels_.resize(samples_.size());
  shared_.data.train.gather(samples_, *inputs_, labels_);
  const auto weights = shared_.packed.of(theta_);
  const auto batch_size = static_cast<std::size_t>(shared_.partition.batch_size());
  shared_.net.forward<float>(*weights, *inputs_, labels_, *pass_);
  shared_.net.backward<float>(*weights, labels_, batch_size, *pass_);
  shared_.forwarded += static_cast<std::int64_t>(samples_.size());
}

MlpMinibatches::MlpMinibatches(std::shared_ptr<MlpSharedState> shared, std::int64_t iteration,
                               Model theta)
    : shared_(std::move(shared)), theta_(std::move(theta)) {
  const Sampler& partition = shared_->partition;
  const std::int64_t per_epoch = partition.iterations_per_epoch();
  order_ = partition.epoch(iteration / per_epoch);
  round_ = iteration % per_epoch;
  for (int worker = 0; worker < partition.workers(); ++worker) {
    oracles_.push_back(std::make_unique<MlpOracle>(*this, join(worker, theta_)));
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

void MlpMinibatches::expect(int worker, const Model& theta) {
  if (theta == theta_) return;
  oracles_.at(static_cast<std::size_t>(worker))->expect(join(worker, theta));
}

GroupRows MlpMinibatches::join(int worker, const Model& theta) {
  const int together = workers_per_group(shared_->partition.batch_size());
  std::erase_if(open_, [&](const Open& open) {
    return open.group->workers() >= together || worker >= open.first_worker + max_span;
  });
  const auto at_theta = [&](const Open& open) { return open.group->theta() == theta; };
  auto found = std::ranges::find_if(open_, at_theta);
  if (found == open_.end()) {
    groups_.push_back(std::make_unique<WorkerGroup>(*shared_, theta));
    open_.push_back({groups_.back().get(), worker});
    found = std::prev(open_.end());
  }
  return {found->group, found->group->join(order_->batch(worker, round_))};
}

const WorkerGroup& MlpMinibatches::prepared(WorkerGroup& wanted) {
  while (!wanted.ready() && !wanted.try_prepare()) {
    const bool helped =
        std::ranges::any_of(groups_, [](auto& other) { return other->try_prepare(); });
    if (!helped) wanted.wait();
  }
  return wanted;
}

}  // namespace gradwire::learn
