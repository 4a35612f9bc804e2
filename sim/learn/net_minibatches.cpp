#include "sim/learn/net_minibatches.hpp"

#include <stdexcept>
#include <utility>

#include "sim/core/kernels.hpp"
#include "sim/core/random.hpp"
#include "sim/learn/blas.hpp"

namespace gradwire::learn {

/// One worker's minibatch at any model. Remembers every gradient it was asked for (by the model's
/// identity) until it is finished.
class NetOracle final : public GradientOracle {
 public:
  NetOracle(NetMinibatches& iteration, int worker) : iteration_(iteration), worker_(worker) {}

  std::span<const float> at(const Model& theta) override {
    for (const Answer& answer : answers_) {
      if (answer.theta == theta) return *answer.gradient;
    }
    answers_.push_back({theta, computed(theta)});
    return *answers_.back().gradient;
  }

  double squared_distance(const Model& a, const Model& b) override {
    if (a == b) return 0.0;
    at(b);
    at(a);
    return gradwire::squared_distance(at(a), at(b));
  }

  [[nodiscard]] const BatchStatistics& statistics() const { return statistics_; }

  void finish() {
    answers_.clear();
    batch_ = {};
    inputs_.reset();
  }

 private:
  struct Answer {
    Model theta;
    Pool<Vector>::Lease gradient;
  };

  [[nodiscard]] NetWorkshop& workshop() const { return *iteration_.workshop_; }

  Pool<Vector>::Lease computed(const Model& theta) {
    const Net& net = *workshop().net;
    if (theta->parameters.size() != net.layout().size()) {
      throw std::logic_error("a model of another size than the net's");
    }
    use_one_thread_per_gradient();
    if (!batch_.images.defined()) gather();
    auto gradient = workshop().gradients.lease();
    gradient->resize(net.layout().size());
    const bool own = theta == iteration_.theta_;
    NormSample* norms =
        own ? &iteration_.log_->samples[static_cast<std::size_t>(worker_)] : nullptr;
    const BatchStatistics statistics =
        net_gradient(net, theta->parameters, batch_, *gradient, norms);
    if (own) statistics_ = statistics;
    return gradient;
  }

  /// The same augmented samples for every model.
  void gather() {
    const Partition& partition = workshop().partition;
    const SampleSet& train = workshop().data.train;
    const std::int64_t round = iteration_.iteration_ % partition.iterations_per_epoch();
    const auto samples = iteration_.order_->batch(worker_, round);
    inputs_ = workshop().inputs.lease();
    inputs_->resize(samples.size() * static_cast<std::size_t>(train.dimension()));
    std::vector<std::uint8_t> labels(samples.size());
    train.gather_augmented(samples,
                           stream(workshop().seed, "augment", static_cast<std::uint64_t>(worker_),
                                  static_cast<std::uint64_t>(iteration_.iteration_)),
                           *inputs_, labels);
    batch_ = net_batch(*inputs_, labels, workshop().shape, workshop().device);
  }

  NetMinibatches& iteration_;
  int worker_;
  Pool<Vector>::Lease inputs_;
  NetBatch batch_;
  std::vector<Answer> answers_;
  BatchStatistics statistics_;
};

NetMinibatches::NetMinibatches(std::shared_ptr<NetWorkshop> workshop, std::shared_ptr<NormLog> log,
                               std::int64_t iteration, Model theta)
    : workshop_(std::move(workshop)),
      log_(std::move(log)),
      iteration_(iteration),
      order_(workshop_->partition.epoch(iteration / workshop_->partition.iterations_per_epoch())),
      theta_(std::move(theta)) {
  for (int m = 0; m < workshop_->partition.workers(); ++m) {
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
