#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "sim/core/stopwatch.hpp"
#include "sim/core/units.hpp"

namespace gradwire::run {

/// When and where a run writes its checkpoint.
struct CheckpointOptions {
  std::filesystem::path file;         ///< empty: no checkpoints
  std::optional<std::int64_t> every;  ///< iterations; else as pause_after()
  std::function<bool()> stop_requested = [] { return false; };  ///< write, then stop
};

/// Time until the next checkpoint after one that took `cost` to write: 200 `cost`, so that
/// checkpoints take half a percent of the time, but at least a minute. The state of ten workers
/// with ResNet18 is 0.6 GB.
Seconds pause_after(Seconds cost);

/// Thrown by a run that has written its checkpoint and stops on request.
struct Stopped {};

/// A run's checkpoint: the iterations so far as a trace, and the state of training after them. All
/// else (clock, network, metrics) is restored by replaying the trace. Writes are atomic. A
/// checkpoint that is damaged, or of another scenario, build, BLAS or data, is ignored.
class Checkpoint {
 public:
  /// `identity`: what must be equal for a run to resume.
  Checkpoint(CheckpointOptions options, std::string identity);

  [[nodiscard]] bool due(std::int64_t iteration) const;
  [[nodiscard]] bool stop_requested() const { return options_.stop_requested(); }

  /// Throws SystemError if the checkpoint cannot be written; the previous one then remains.
  void write(const std::string& trace, const std::function<void(std::ostream&)>& save_state);

  /// Reads the state by `load_state` and returns the trace; nullopt if there is no checkpoint to
  /// resume from.
  std::optional<std::string> read(const std::function<void(std::istream&)>& load_state);

  /// After read(): whether a damaged file was found.
  [[nodiscard]] bool found_damaged() const { return damaged_; }
  /// After read(): the identity of the undamaged checkpoint that was found; else empty.
  [[nodiscard]] const std::string& found_identity() const { return found_identity_; }

 private:
  CheckpointOptions options_;
  std::string identity_;
  std::string found_identity_;
  bool damaged_ = false;
  Stopwatch since_newest_;
  Seconds pause_ = pause_after({});
};

}  // namespace gradwire::run
