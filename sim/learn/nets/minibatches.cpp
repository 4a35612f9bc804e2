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
class NetOracle final : public GradientOracle {
 public:
  NetOracle(NetMinibatches& iteration, int worker) : iteration_(iteration), worker_(worker) {}

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

  [[nodiscard]] const BatchStatistics& statistics() const { return statistics_; }

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

  [[nodiscard]] NetSharedState& shared() const { return *iteration_.shared_; }

  Pool<Vector>::Lease computed(const Model& theta) {
    const Net& net = *shared().net;
    if (theta->size() != net.layout().size()) {
      throw std::logic_error("a model of another size than the net's");
    }
    use_one_thread_per_gradient();
    if (!batch_.images.defined()) gather();
    auto gradient = shared().gradients.lease();
    gradient->resize(net.layout().size());
    const bool own = theta == iteration_.theta_;
    NormSample* norms =
        own ? &iteration_.log_->samples[static_cast<std::size_t>(worker_)] : nullptr;
    const BatchStatistics statistics =
        net_gradient(net, theta->parameters(), batch_, *gradient, norms);
    if (own) statistics_ = statistics;
    return gradient;
  }

  /// Loads the minibatch; the augmented samples are the same for every model.
  void gather() {
    const Sampler& partition = shared().partition;
    const SampleSet& train = shared().data.train;
    const std::int64_t round = iteration_.iteration_ % partition.iterations_per_epoch();
    const auto samples = iteration_.order_->batch(worker_, round);
    inputs_ = shared().inputs.lease();
    inputs_->resize(samples.size() * static_cast<std::size_t>(train.dimension()));
    std::vector<std::uint8_t> labels(samples.size());
    train.gather_augmented(
        samples,
        stream(shared().seed, stream_names::augment, static_cast<std::uint64_t>(worker_),
               static_cast<std::uint64_t>(iteration_.iteration_)),
        *inputs_, labels);
    batch_ = net_batch(*inputs_, labels, shared().shape, shared().device);
  }

  NetMinibatches& iteration_;
  int worker_;
  Pool<Vector>::Lease inputs_;
  NetBatch batch_;
  std::vector<CachedGradient> cache_;
  BatchStatistics statistics_;
};

NetMinibatches::NetMinibatches(std::shared_ptr<NetSharedState> shared,
                               std::shared_ptr<PendingStatistics> log, std::int64_t iteration,
                               Model theta)
    : shared_(std::move(shared)),
      log_(std::move(log)),
      iteration_(iteration),
      order_(shared_->partition.epoch(iteration / shared_->partition.iterations_per_epoch())),
      theta_(std::move(theta)) {
  for (int m = 0; m < shared_->partition.workers(); ++m) {
    oracles_.push_back(std::make_unique<NetOracle>(*this, m));
  }
}

NetMinibatches::~NetMinibatches() = default;

GradientOracle& NetMinibatches::of(int worker) {
  return *oracles_.at(static_cast<std::size_t>(worker));
}

BatchStatistics NetMinibatches::statistics(int worker) const {
  return oracles_.at(static_cast<std::size_t>(worker))->statistics();
}

void NetMinibatches::finished(int worker) {
  oracles_.at(static_cast<std::size_t>(worker))->finish();
}

}  // namespace gradwire::learn
