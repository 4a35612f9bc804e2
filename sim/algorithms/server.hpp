#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/algorithms/message.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"
#include "sim/core/work.hpp"

namespace gradwire::algorithms {

/// The server of a synchronous method. Keeps each worker's newest contribution when workers may
/// skip, so that a skip means "use it again".
class Server {
 public:
  struct Config {
    int workers = 1;            ///< M
    bool workers_skip = false;  ///< a lazy method: contributions are kept
    bool takes_mean = false;    ///< reduction: 1/M times the sum instead of the sum
  };
  Server(const Config& config, Vector initial_parameters);

  /// theta^t.
  [[nodiscard]] Model model() const { return model_; }

  /// The upload of the next worker, in the order of the workers, before step(): adds it where it is
  /// Unwritten. None of an iteration's may turn out to be missed then.
  void receive(const Message& upload);

  /// Makes theta^{t+1} of theta^t. `uploads`: [M], in the order of the workers. Those of `missed`
  /// workers do not count: where workers may skip, their last contribution counts again; else, or
  /// where there is none, they contribute nothing, and a mean is of those who do. Throws
  /// std::logic_error when another worker skips that has never sent.
  /// Who keeps theta^t has it in the form `kept` from now on, so that its place is theta^{t+1}'s;
  /// without one it stays as it is.
  void step(std::vector<Message> uploads, const Missed& missed = {},
            std::shared_ptr<const KeptParameters> kept = nullptr);

  /// The contributions it keeps: values and indices.
  [[nodiscard]] Bytes state_bytes() const;

  /// For checkpoints (core/archive.hpp).
  template <class Archive>
  void serialize(Archive& archive) {
    archive(model_, newest_);
  }

 private:
  std::span<const Message> newest(std::vector<Message>& uploads, const Missed& missed);
  /// next <- theta - weight sum_m q_m, also of those that were unwritten. Returns ||next -
  /// theta||^2.
  double move(std::span<const Message> contributions, float weight, std::span<const float> theta,
              std::span<float> next);

  Config config_;
  std::shared_ptr<ModelVersion> model_ = std::make_shared<ModelVersion>();
  Vector sum_;                   ///< [d], of what was unwritten; zeros between iterations
  std::size_t added_ = 0;        ///< workers in it
  std::vector<Message> newest_;  ///< [M] where workers may skip; Skip: none yet
};

}  // namespace gradwire::algorithms
