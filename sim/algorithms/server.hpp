#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/server_steps/server_step.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/box.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"
#include "sim/core/update.hpp"

namespace gradwire::algorithms {

/// The server of a synchronous method: adds up the workers' contributions and performs a step with
/// the sum. If workers may skip, it stores each worker's newest contribution, which a skip reuses.
class Server {
 public:
  struct Config {
    int workers = 1;             ///< M
    bool workers_skip = false;   ///< contributions are stored
    bool takes_mean = false;     ///< 1/M times the sum, instead of the sum (reduction not "sum")
    bool applies_gamma = false;  ///< gamma multiplies the aggregate; otherwise the workers apply it
  };
  Server(const Config& config, Box<ServerStep> server_step, Vector initial_parameters);

  /// theta^t.
  [[nodiscard]] Model model() const { return model_; }
  /// The message that workers receive in place of the model; null: the model.
  [[nodiscard]] const Message* downlink() const { return server_step_->downlink(); }

  /// Adds the next worker's deferred dense update to the sum, in the order of the workers, before
  /// step() (D37). Then all contributions of the iteration are deferred, none is dropped, and
  /// step() receives no messages.
  void add(Update& update);

  /// Computes theta^{t+1} from theta^t. `uploads`: [M], in the order of the workers. Those of the
  /// dropped workers do not count: if workers may skip, their last contribution is reused;
  /// otherwise, or if there is none, they contribute nothing, and a mean is over the contributing
  /// workers. Throws std::logic_error if a worker that is not dropped skips before its first
  /// upload.
  /// If `kept` is given, it replaces theta^t's parameters for all holders, and their memory is
  /// reused for theta^{t+1}; otherwise theta^t keeps its parameters.
  void step(double gamma, std::vector<Message> uploads, const Dropped& dropped = {},
            std::shared_ptr<const PackedParameters> kept = nullptr);

  /// Size of the stored contributions, and of the step's state.
  [[nodiscard]] Bytes state_bytes() const;

  // For checkpoints (core/archive.hpp).
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  std::span<const Message> newest(std::vector<Message>& uploads, const Dropped& dropped);
  /// next <- the step from theta, deferred updates included. Returns ||next - theta||^2.
  double move(std::span<const Message> contributions, double gamma, std::span<const float> theta,
              std::span<float> next);
  /// Factor on the sum of `count` contributions.
  [[nodiscard]] StepFactors factors(double gamma, std::size_t count) const;

  Config config_;
  Box<ServerStep> server_step_;
  std::shared_ptr<ModelVersion> model_;
  Vector sum_;                      ///< [d], sum of the deferred updates; zeros between iterations
  std::size_t deferred_count_ = 0;  ///< number of updates in sum_
  std::vector<Message> newest_;     ///< [M] if workers may skip, else empty; Skip: none yet
};

}  // namespace gradwire::algorithms
