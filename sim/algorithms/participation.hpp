#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The server's decision, before an iteration, which workers take part in it (LAG-PS, sampling).
/// The others receive no model, compute nothing and send nothing; where the server stores
/// contributions, their last ones count again.
class Participation {
 public:
  virtual ~Participation() = default;

  /// [M] true for the workers that take part at theta^t. Called once for each t, in order.
  virtual std::vector<bool> choose(const Model& theta, StepSize size) = 0;
  /// The worker's upload of this iteration has arrived. `before`: its contribution until now; Skip
  /// if there was none, or the server does not store it.
  virtual void received(int /*worker*/, const Message& /*before*/, const Message& /*upload*/) {}

  /// Size of the state between iterations.
  [[nodiscard]] virtual Bytes state_bytes() const { return {}; }
  [[nodiscard]] virtual std::unique_ptr<Participation> clone() const = 0;
  // For checkpoints.
  virtual void save(SavingArchive& /*archive*/) const {}
  virtual void load(LoadingArchive& /*archive*/) {}
};

/// All workers take part.
class EveryWorker final : public Participation {
 public:
  explicit EveryWorker(int workers) : workers_(workers) {}
  std::vector<bool> choose(const Model& /*theta*/, StepSize /*size*/) override {
    return std::vector<bool>(static_cast<std::size_t>(workers_), true);
  }
  [[nodiscard]] std::unique_ptr<Participation> clone() const override {
    return std::make_unique<EveryWorker>(*this);
  }

 private:
  int workers_;
};

}  // namespace gradwire::algorithms
