#include "sim/core/problem.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/kernels/arithmetic.hpp"

namespace gradwire {
namespace {

/// An iteration whose workers are computed separately.
class SeparateMinibatches final : public Minibatches {
 public:
  SeparateMinibatches(Problem& problem, std::span<const BatchRange> ranges, const Model& theta,
                      const std::vector<bool>& takes_part) {
    for (std::size_t m = 0; m < ranges.size(); ++m) {
      const bool computes = takes_part.empty() || takes_part[m];
      workers_.push_back(
          {computes ? problem.minibatch(static_cast<int>(m), ranges[m], theta) : nullptr, {}});
    }
  }

  GradientOracle& of(int worker) override { return *at(worker).minibatch; }
  [[nodiscard]] BatchStatistics statistics(int worker) const override {
    const Worker& one = workers_.at(static_cast<std::size_t>(worker));
    return one.minibatch ? one.minibatch->statistics() : one.statistics;
  }
  void finished(int worker) override {
    at(worker).statistics = statistics(worker);
    at(worker).minibatch.reset();
  }

 private:
  struct Worker {
    std::unique_ptr<Minibatch> minibatch;  ///< null once finished
    BatchStatistics statistics;            ///< set by finished()
  };
  Worker& at(int worker) { return workers_.at(static_cast<std::size_t>(worker)); }

  std::vector<Worker> workers_;
};

}  // namespace

void GradientOracle::write_scaled(float alpha, const Model& theta, std::span<float> out) {
  scale(alpha, at(theta), out);
}

void GradientOracle::accumulate(float alpha, const Model& theta, std::span<float> y,
                                WriteObserver& watcher) {
  add_scaled_observed(alpha, at(theta), y, watcher);
}

void GradientOracle::add_to_sum(std::span<const Weighted> terms, float alpha, const Model& theta,
                                std::span<float> out, WriteObserver& watcher) {
  prepare(theta);
  weighted_sum(terms, out);
  accumulate(alpha, theta, out, watcher);
}

void add_scaled_observed(float alpha, std::span<const float> x, std::span<float> y,
                         WriteObserver& observer) {
  constexpr std::size_t block = 2048;  // stays in the L1 cache
  for (std::size_t begin = 0; begin < y.size(); begin += block) {
    const std::size_t n = std::min(block, y.size() - begin);
    const CandidateMask marks = observer.marks(begin, begin + n);
    if (marks.bytes != nullptr) {
      add_scaled_and_mark(alpha, x.subspan(begin, n), y.subspan(begin, n), marks);
      observer.marked(begin, begin + n);
    } else {
      add_scaled(alpha, x.subspan(begin, n), y.subspan(begin, n));
      observer.written(begin + n);
    }
  }
}

std::unique_ptr<Minibatches> separate_minibatches(Problem& problem,
                                                  std::span<const BatchRange> ranges,
                                                  const Model& theta,
                                                  const std::vector<bool>& takes_part) {
  return std::make_unique<SeparateMinibatches>(problem, ranges, theta, takes_part);
}

std::unique_ptr<Minibatches> Problem::minibatches(std::int64_t iteration, const Model& theta) {
  std::vector<BatchRange> ranges;
  for (int m = 0; m < workers(); ++m) {
    const int size = batch_size(m);
    ranges.push_back({iteration, iteration * size, size});
  }
  return separate_minibatches(*this, ranges, theta);
}

double Problem::add_shard_gradient(int /*worker*/, const Model& /*theta*/,
                                   std::span<double> /*gradient*/) {
  throw std::logic_error("this problem does not compute the losses of whole shards");
}

void run_sequentially(std::size_t parts, const std::function<void(std::size_t)>& part) {
  for (std::size_t i = 0; i < parts; ++i) part(i);
}

}  // namespace gradwire
