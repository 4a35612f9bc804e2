#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/server_steps/compressed_downlink.hpp"
#include "sim/algorithms/server_steps/server_step.hpp"
#include "sim/algorithms/step_context.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/box.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"
#include "sim/core/update.hpp"

namespace gradwire::algorithms {

/// The server of a synchronous method: adds up the workers' contributions and performs a step with
/// the sum. If workers may skip, it stores each worker's newest contribution, which a skip reuses,
/// unless the method says that it contributes nothing.
class Server {
 public:
  struct Config {
    int workers = 1;  ///< M
    bool workers_skip = false;
    bool reuses_contributions = true;  ///< if workers skip: contributions are stored
    bool takes_mean = false;  ///< 1/M times the sum, instead of the sum (reduction not "sum")
    /// [M] weights of a mean, relative to those of the other contributing workers (D51); empty: all
    /// alike.
    std::vector<double> samples = {};
    bool has_variate = false;    ///< SCAFFOLD's c
    bool applies_gamma = false;  ///< gamma multiplies the aggregate; otherwise the workers apply it
    /// Contributions are differences from vectors h_m (MemoryKind::difference_step): the factor on
    /// them when they are added to h.
    std::optional<double> difference_step = {};
  };
  Server(const Config& config, Box<ServerStep> server_step, Vector initial_parameters,
         std::optional<CompressedDownlink> compressed_downlink = {});

  /// theta^t.
  [[nodiscard]] Model model() const { return model_; }
  /// The message from which a worker that holds theta^{t-1} computes theta^t; null: it needs the
  /// model.
  [[nodiscard]] const Message* downlink() const {
    return joined_ ? &*joined_ : server_step_->downlink();
  }
  /// The worker's contribution that a skip would reuse; Skip if there is none.
  [[nodiscard]] const Message& newest(std::size_t worker) const { return newest_[worker]; }
  [[nodiscard]] bool stores_contributions() const { return !newest_.empty(); }

  /// Adds the next worker's deferred dense update to the sum, in the order of the workers, before
  /// step() (D37). Then all contributions of the iteration are deferred, none is dropped, and
  /// step() receives no messages.
  void add(Update& update);

  /// Computes theta^{t+1} from theta^t. `uploads`: [M], in the order of the workers. Those of the
  /// dropped workers do not count: if contributions are stored, their last one is reused;
  /// otherwise, or if there is none, they contribute nothing, and a mean is over the contributing
  /// workers. Throws std::logic_error if a worker that is not dropped skips without a stored
  /// contribution, where a skip reuses it.
  /// If `kept` is given, it replaces theta^t's parameters for all holders, and their memory is
  /// reused for theta^{t+1}; otherwise theta^t keeps its parameters.
  /// `context`: of the random numbers of a compressed downlink; its worker is M.
  void step(double gamma, std::vector<Message> uploads, const Dropped& dropped = {},
            std::shared_ptr<const PackedParameters> kept = nullptr,
            const StepContext& context = {});
  /// The same of pushes that no worker skips and that count with these factors, beside those of a
  /// sum or a mean. factors: as many as uploads
  void step_scaled(double gamma, std::vector<Message> uploads, std::span<const float> factors);
  /// The same with one message whose value is the mean of the contributions of `count` workers.
  /// Throws std::logic_error if contributions are differences.
  void step_joined(double gamma, Message joined, std::size_t count,
                   std::shared_ptr<const PackedParameters> kept = nullptr);

  /// SCAFFOLD's c, [d]; empty: zeros, or the method has none.
  [[nodiscard]] std::span<const float> variate() const { return variate_; }
  /// c <- c + (1/M) the change of a worker's variate, once its upload has arrived. In the order of
  /// the workers, before step().
  void add_variate_change(std::span<const float> change);

  /// Size of the stored contributions, and of the state of step and downlink.
  [[nodiscard]] Bytes state_bytes() const;

  // For checkpoints (core/archive.hpp).
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  std::span<const Message> contributions(std::vector<Message>& uploads, const Dropped& dropped);
  /// The weighted sum of the contributions, or of the deferred updates, which are used up.   [d]
  [[nodiscard]] Vector aggregate(std::span<const Message> contributions, float weight);
  /// The step with these contributions and factors.
  void step(std::span<const Message> contributions, StepFactors factors,
            std::shared_ptr<const PackedParameters> kept);
  /// next <- the step from theta, deferred updates included. Returns ||next - theta||^2.
  double move(std::span<const Message> contributions, StepFactors factors,
              std::span<const float> theta, std::span<float> next);
  /// Of the sum of `count` contributions.
  [[nodiscard]] StepFactors factors(double gamma, std::size_t count) const;
  /// Adds the contributions' entries from `begin` on to `sum`, weighted if weights_ are set.
  void add_all(std::span<MessageBlocks> parts, std::size_t begin, std::span<float> sum);
  /// Calls use(begin, sum) with the sum of the contributions, block by block; `use` leaves zeros in
  /// `sum`. theta: [d], of which `use` may read the same block.
  template <class Use>
  void each_sum(std::span<const Message> contributions, std::span<const float> theta,
                const Use& use);
  /// Sets weights_ of these contributions; the factor on their sum is then 1.
  void set_weights(std::span<const Message> contributions, StepFactors& factors);
  /// Adds h, from `begin` on, to the weighted sum of the differences, and these to h.
  void add_held(std::size_t begin, float weight, std::span<float> sum);

  Config config_;
  Box<ServerStep> server_step_;
  std::shared_ptr<ModelVersion> model_;
  Vector sum_;                      ///< [d], sum of the deferred updates; zeros between iterations
  std::size_t deferred_count_ = 0;  ///< number of updates in sum_
  std::vector<Message> newest_;     ///< [M] if contributions are stored, else empty; Skip: none yet
  std::vector<float> weights_;      ///< [M] of the open step; empty: none
  Vector part_;                     ///< a block of one contribution, if weights_ are set
  Vector variate_;                  ///< [d] SCAFFOLD's c; empty: zeros
  Vector held_;                     ///< [d] the joined h of differences; else empty
  std::optional<Message> joined_;   ///< of the newest iteration, or its compressed aggregate
  std::optional<CompressedDownlink> compressed_downlink_;
};

}  // namespace gradwire::algorithms
