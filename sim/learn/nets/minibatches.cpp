#include "sim/learn/nets/minibatches.hpp"

#include <stdexcept>
#include <utility>

#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "sim/learn/blas.hpp"

namespace gradwire::learn {

/// One worker's minibatch at any model. Caches every gradient (by the model's identity) until it is
/// finished.
class NetMinibatch final : public Minibatch {
 public:
  NetMinibatch(std::shared_ptr<NetSharedState> shared, NetSamples samples, Model own,
               std::shared_ptr<NormSample> norms)
      : shared_(std::move(shared)),
        samples_(std::move(samples)),
        own_(std::move(own)),
        norms_(std::move(norms)) {}

  std::span<const float> at(const Model& theta) override {
    for (const CachedGradient& answer : cache_) {
      if (answer.theta == theta) return *answer.gradient;
    }
    cache_.push_back({theta, computed(theta)});
    return *cache_.back().gradient;
  }

  double squared_distance(const Model& a, const Model& b) override {
    if (a == b) return 0.0;
    at(b);
    at(a);
    return gradwire::squared_distance(at(a), at(b));
  }

  [[nodiscard]] BatchStatistics statistics() const override { return statistics_; }

  void finish() {
    cache_.clear();
    batch_ = {};
    inputs_.reset();
  }

 private:
  struct CachedGradient {
    Model theta;
    Pool<Vector>::Lease gradient;
  };

  Pool<Vector>::Lease computed(const Model& theta) {
    const Net& net = *shared_->net;
    if (theta->size() != net.layout().size()) {
      throw std::logic_error("a model of another size than the net's");
    }
    use_one_thread_per_gradient();
    if (!batch_.images.defined()) gather();
    auto gradient = shared_->gradients.lease();
    gradient->resize(net.layout().size());
    const bool own = theta == own_;
    const BatchStatistics statistics =
        net_gradient(net, theta->parameters(), batch_, *gradient, own ? norms_.get() : nullptr);
    if (own) statistics_ = statistics;
    return gradient;
  }

  /// Loads the minibatch; the augmented samples are the same for every model.
  void gather() {
    const SampleSet& train = shared_->data.train;
    const std::size_t count = samples_.indices.size();
    inputs_ = shared_->inputs.lease();
    inputs_->resize(count * static_cast<std::size_t>(train.dimension()));
    std::vector<Label> labels(count);
    train.gather_augmented(
        samples_.indices,
        stream(shared_->seed, stream_names::augment, static_cast<std::uint64_t>(samples_.worker),
               static_cast<std::uint64_t>(samples_.step)),
        *inputs_, labels);
    batch_ = batch_of(*shared_, train, samples_.indices, *inputs_, labels);
    batch_.draws = stream_hash(shared_->seed, stream_names::dropout,
                               static_cast<std::uint64_t>(samples_.worker),
                               static_cast<std::uint64_t>(samples_.step));
  }

  std::shared_ptr<NetSharedState> shared_;
  NetSamples samples_;
  Model own_;
  std::shared_ptr<NormSample> norms_;  ///< of the pass at the own model
  Pool<Vector>::Lease inputs_;
  NetBatch batch_;
  std::vector<CachedGradient> cache_;
  BatchStatistics statistics_;
};

std::unique_ptr<Minibatch> make_net_minibatch(std::shared_ptr<NetSharedState> shared,
                                              NetSamples samples, Model own,
                                              std::shared_ptr<NormSample> norms) {
  return std::make_unique<NetMinibatch>(std::move(shared), std::move(samples), std::move(own),
                                        std::move(norms));
}

NetMinibatches::NetMinibatches(const std::shared_ptr<NetSharedState>& shared,
                               const std::shared_ptr<PendingStatistics>& log,
                               std::int64_t iteration, const Model& theta) {
  const Sampler& partition = shared->partition;
  for (int m = 0; m < partition.workers(); ++m) {
    workers_.push_back(std::make_unique<NetMinibatch>(
        shared, NetSamples{m, iteration, partition.batch(m, iteration)}, theta,
        std::shared_ptr<NormSample>(log, &log->samples[static_cast<std::size_t>(m)])));
  }
}

NetMinibatches::~NetMinibatches() = default;

GradientOracle& NetMinibatches::of(int worker) {
  return *workers_.at(static_cast<std::size_t>(worker));
}

BatchStatistics NetMinibatches::statistics(int worker) const {
  return workers_.at(static_cast<std::size_t>(worker))->statistics();
}

void NetMinibatches::finished(int worker) {
  workers_.at(static_cast<std::size_t>(worker))->finish();
}

}  // namespace gradwire::learn
