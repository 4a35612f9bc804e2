#include "sim/learn/external/problem.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "sim/learn/gradient_distance.hpp"

namespace gradwire::learn {
namespace {

using external::BatchOutcome;
using external::GradientRequest;
using external::Hello;
using external::ModelProcess;
using external::ProcessPool;

Hello hello_of(const ExternalProblem::Config& config) {
  return {.workers = static_cast<std::uint32_t>(config.workers),
          .batch_size = static_cast<std::uint32_t>(config.batch_size),
          .seed = config.seed,
          .process = 0,
          .processes = static_cast<std::uint32_t>(config.processes)};
}

BatchStatistics sums_of(const BatchOutcome& outcome) {
  return {.loss = outcome.loss * static_cast<double>(outcome.samples),
          .correct = static_cast<std::int64_t>(outcome.correct),
          .samples = static_cast<std::int64_t>(outcome.samples)};
}

/// Caches every gradient, by the model's identity.
class ExternalMinibatch final : public Minibatch {
 public:
  ExternalMinibatch(ProcessPool& processes, Pool<Vector>& buffers, const GradientRequest& request,
                    Model own)
      : processes_(processes), buffers_(buffers), request_(request), own_(std::move(own)) {}

  std::span<const float> at(const Model& theta) override {
    for (const CachedGradient& known : cache_) {
      if (known.theta == theta) return *known.gradient;
    }
    cache_.push_back({theta, computed(theta)});
    return *cache_.back().gradient;
  }

  double squared_distance(const Model& a, const Model& b) override {
    return a == b ? 0.0 : squared_distance_of_gradients(*this, a, b);
  }

  [[nodiscard]] BatchStatistics statistics() const override { return statistics_; }

 private:
  struct CachedGradient {
    Model theta;
    Pool<Vector>::Lease gradient;
  };

  Pool<Vector>::Lease computed(const Model& theta) {
    auto gradient = buffers_.lease();
    gradient->resize(theta->size());
    const BatchOutcome outcome = processes_.with_process(
        theta, [&](ModelProcess& process) { return process.gradient(request_, theta, *gradient); });
    if (theta == own_) statistics_ = sums_of(outcome);
    return gradient;
  }

  ProcessPool& processes_;
  Pool<Vector>& buffers_;
  GradientRequest request_;
  Model own_;
  std::vector<CachedGradient> cache_;
  BatchStatistics statistics_;
};

}  // namespace

ExternalProblem::ExternalProblem(const Config& config)
    : config_(config), pool_(config.external, hello_of(config)) {}

Vector ExternalProblem::initial_parameters() const {
  return pool_.with_process(nullptr,
                            [](ModelProcess& process) { return process.initial_parameters(); });
}

std::int64_t ExternalProblem::iterations_per_epoch() const {
  return static_cast<std::int64_t>(pool_.description().iterations_per_epoch);
}

std::optional<DataIdentity> ExternalProblem::data() const {
  const DataIdentity& data = pool_.description().data;
  return data.digest.empty() ? std::nullopt : std::optional(data);
}

std::unique_ptr<Minibatch> ExternalProblem::make_minibatch(int worker, const BatchRange& range,
                                                           const Model& own) {
  const GradientRequest request{.worker = static_cast<std::uint32_t>(worker),
                                .step = static_cast<std::uint64_t>(range.step),
                                .first = static_cast<std::uint64_t>(range.first),
                                .samples = static_cast<std::uint32_t>(range.size)};
  return std::make_unique<ExternalMinibatch>(pool_, gradients_, request, own);
}

Evaluation ExternalProblem::evaluation(const Model& theta, const ParallelFor& /*each*/) {
  const auto outcome =
      pool_.with_process(theta, [&](ModelProcess& process) { return process.evaluate(theta); });
  return {.loss = outcome.loss, .accuracy = outcome.accuracy, .top5_accuracy = {}, .sources = {}};
}

}  // namespace gradwire::learn
