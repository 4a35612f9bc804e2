#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "sim/core/stopwatch.hpp"
#include "sim/core/units.hpp"

namespace gradwire::experiment {

/// When and where a run writes down how far it has come.
struct CheckpointOptions {
  std::filesystem::path file;         ///< none when empty
  std::optional<std::int64_t> every;  ///< iterations; by default as pause_after() says
  std::function<bool()> stop_asked = [] { return false; };  ///< write one now, and end
};

/// How long to go on after a checkpoint that took `cost` to write: a minute, or so long that
/// checkpoints take half a percent of the time. Ten workers' state of ResNet18 is 0.6 GB.
Seconds pause_after(Seconds cost);

/// Thrown out of a run that was asked to stop and has written its checkpoint.
struct Stopped {};

/// A run's checkpoint: the iterations so far as a trace, and the state of learning behind them.
/// Everything else (clock, network, metrics) comes back by replaying the trace. Written whole or
/// not at all; one that is damaged, or of another scenario, program, BLAS or data, is as good as
/// none.
class Checkpoint {
 public:
  /// `identity`: what must be the same for a run to go on. `older`: what an older program wrote in
  /// its place, which is accepted too.
  Checkpoint(CheckpointOptions options, std::string identity, std::string older = {});

  [[nodiscard]] bool due(std::int64_t iteration) const;
  [[nodiscard]] bool stop_asked() const { return options_.stop_asked(); }

  /// Throws SystemError when it cannot be written; the one before then remains.
  void write(const std::string& trace, const std::function<void(std::ostream&)>& save_state);

  /// The trace, after `load_state` has read the state; none without a checkpoint to go on from.
  std::optional<std::string> read(const std::function<void(std::istream&)>& load_state);

  /// After read(): whether there was a file of which nothing could be used.
  [[nodiscard]] bool found_damaged() const { return damaged_; }
  /// After read(): the identity of the undamaged one that was found; else empty.
  [[nodiscard]] const std::string& found_identity() const { return found_identity_; }

 private:
  CheckpointOptions options_;
  std::string identity_;
  std::string older_;
  std::string found_identity_;
  bool damaged_ = false;
  Stopwatch since_newest_;
  Seconds pause_ = pause_after({});
};

}  // namespace gradwire::experiment
