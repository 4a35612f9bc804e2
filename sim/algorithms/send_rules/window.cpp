#include "sim/algorithms/send_rules/window.hpp"

#include <numeric>

#include "sim/core/archive.hpp"

namespace gradwire::algorithms {

void MovementWindow::add(double squared_step) {
  moves_.insert(moves_.begin(), squared_step);
  if (moves_.size() > static_cast<std::size_t>(size_)) moves_.pop_back();
}

double MovementWindow::sum() const { return std::accumulate(moves_.begin(), moves_.end(), 0.0); }

Bytes MovementWindow::state_bytes() const {
  return {static_cast<std::int64_t>(moves_.size() * sizeof(double))};
}

void MovementWindow::save(SavingArchive& archive) const { archive(moves_); }

void MovementWindow::load(LoadingArchive& archive) { archive(moves_); }

}  // namespace gradwire::algorithms
