#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/algorithms/parameter.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The squared lengths of the newest steps of the model, for thresholds.
class MovementWindow {
 public:
  /// size: largest number of steps.
  explicit MovementWindow(int size) : size_(size) {}

  /// Adds ||theta^t - theta^{t-1}||^2 and removes the oldest if there are too many.
  void add(double squared_step);
  /// Added from the newest to the oldest.
  [[nodiscard]] double sum() const;

  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  int size_;
  std::vector<double> moves_;  ///< newest first
};

inline constexpr WholeParameter window_parameter{
    .key = "window",
    .help = "number of the model's newest steps, whose squared lengths the threshold adds up",
    .range = {1, 1'000'000, "steps"},
    .default_value = 10};

}  // namespace gradwire::algorithms
