#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sim/protocols/exchange_pattern.hpp"
#include "sim/protocols/iteration_cache.hpp"
#include "sim/protocols/timing_composer.hpp"

namespace gradwire::protocols {

/// Executes a repeated iteration from memory (D16). On a platform that does not vary in time, the
/// timing of an iteration that starts on an idle network depends on its load alone, so each load is
/// simulated at most once, and not at all if the composer can compose it.
///
/// Composed iterations are spot-checked: the 1st, 4th, 16th, 64th ... of them are simulated as
/// well, after the last iteration (in between, a simulated one would advance the engine's clock,
/// and with it the last digits of the phases that are measured later).
class CachedExchange final : public ExchangePattern {
 public:
  /// `simulated` must outlive this object.
  CachedExchange(ExchangePattern& simulated, std::unique_ptr<TimingComposer> composer);
  template <std::derived_from<TimingComposer> Composer>
  CachedExchange(ExchangePattern& simulated, Composer composer)
      : CachedExchange(simulated, std::make_unique<Composer>(std::move(composer))) {}

  const cost::IterationTiming& run(const cost::IterationLoad& load,
                                   const ServerWork& server) override;
  /// Iterations from memory do not advance the engine's clock: sum of the durations.
  [[nodiscard]] Seconds now() const override { return now_; }
  /// Performs the spot checks. Throws std::logic_error if a simulated iteration differs from its
  /// composed timing by more than 1e-9 of a date and 4 units in the last place of the clock, or in
  /// any number of bytes.
  void stop() override;

  /// Number of iterations that were simulated, spot checks included.
  [[nodiscard]] std::int64_t simulated() const { return count_; }

 private:
  struct SpotCheck {
    std::int64_t iteration;
    cost::IterationLoad load;
    cost::IterationTiming composed;
  };

  const cost::IterationTiming& find(const cost::IterationLoad& load, const ServerWork& server);
  void check(const SpotCheck& composed);

  ExchangePattern& simulated_;
  std::unique_ptr<TimingComposer> composer_;
  IterationCache cache_;
  Seconds now_;
  std::int64_t iteration_ = 0;
  std::int64_t count_ = 0;
  std::int64_t composed_count_ = 0;
  std::int64_t next_check_ = 1;  ///< in composed iterations
  std::vector<SpotCheck> checks_;
};

}  // namespace gradwire::protocols
