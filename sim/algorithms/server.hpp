#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/algorithms/messages/message.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The server of a synchronous method. If workers may skip, it stores each worker's newest
/// contribution, which a skip reuses.
class Server {
 public:
  struct Config {
    int workers = 1;            ///< M
    bool workers_skip = false;  ///< a lazy method: contributions are stored
    bool takes_mean = false;    ///< reduction "mean": 1/M times the sum, instead of the sum
  };
  Server(const Config& config, Vector initial_parameters);

  /// theta^t.
  [[nodiscard]] Model model() const { return model_; }

  /// Takes the next worker's upload, in the order of the workers, before step(). A deferred update
  /// (Unwritten) is added to the sum; then no upload of the iteration may be dropped.
  void receive(const Message& upload);

  /// Computes theta^{t+1} from theta^t. `uploads`: [M], in the order of the workers. Those of the
  /// dropped workers in `missed` do not count: if workers may skip, their last contribution is
  /// reused; otherwise, or if there is none, they contribute nothing, and a mean is over the
  /// contributing workers. Throws std::logic_error if a worker that is not dropped skips before its
  /// first upload.
  /// If `kept` is given, it replaces theta^t's parameters for all holders, and their memory is
  /// reused for theta^{t+1}; otherwise theta^t keeps its parameters.
  void step(std::vector<Message> uploads, const Dropped& dropped = {},
            std::shared_ptr<const PackedParameters> kept = nullptr);

  /// Size of the stored contributions: values and indices.
  [[nodiscard]] Bytes state_bytes() const;

  /// For checkpoints (core/archive.hpp).
  template <class Archive>
  void serialize(Archive& archive) {
    archive(model_, newest_);
  }

 private:
  std::span<const Message> newest(std::vector<Message>& uploads, const Dropped& dropped);
  /// next <- theta - weight sum_m q_m, deferred updates included. Returns ||next - theta||^2.
  double move(std::span<const Message> contributions, float weight, std::span<const float> theta,
              std::span<float> next);

  Config config_;
  std::shared_ptr<ModelVersion> model_;
  Vector sum_;                      ///< [d], sum of the deferred updates; zeros between iterations
  std::size_t deferred_count_ = 0;  ///< number of updates in sum_
  std::vector<Message> newest_;     ///< [M] if workers may skip, else empty; Skip: none yet
};

}  // namespace gradwire::algorithms
