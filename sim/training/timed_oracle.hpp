#pragma once

#include <span>

#include "sim/core/problem.hpp"
#include "sim/core/stopwatch.hpp"
#include "sim/core/units.hpp"

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
  void add_to_sum(std::span<const Weighted> terms, float alpha, const Model& theta,
                  std::span<float> out, WriteObserver& watcher) override {
    NotCounted not_counted(watcher, elapsed_);
    timed([&] { return oracle_.add_to_sum(terms, alpha, theta, out, not_counted), 0; });
  }
  double squared_distance(const Model& a, const Model& b) override {
    return timed([&] { return oracle_.squared_distance(a, b); });
  }
  [[nodiscard]] Seconds elapsed() const { return elapsed_; }

 private:
  GradientOracle& oracle_;
  Seconds elapsed_;
};

}  // namespace gradwire::training
