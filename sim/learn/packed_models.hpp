#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "sim/core/model.hpp"
#include "sim/learn/mlp.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {

/// The packed weights of model versions: made by whoever asks first, shared by all who ask, gone
/// with the version. Who has them needs no others. From any thread.
class PackedModels {
 public:
  /// `net` must outlive it.
  explicit PackedModels(const Mlp& net) : net_(net) {}

  [[nodiscard]] std::shared_ptr<const PackedWeights<float>> of(const Model& theta);
  /// theta in this form alone.
  [[nodiscard]] std::shared_ptr<const KeptParameters> kept(const Model& theta);

 private:
  struct Entry final : KeptParameters {
    explicit Entry(std::size_t parameters) : d(parameters) {}
    [[nodiscard]] std::size_t size() const override { return d; }
    [[nodiscard]] Vector plain() const override { return unpacked(*weights); }

    const std::size_t d;
    std::once_flag packed;
    Pool<PackedWeights<float>>::Lease weights;
  };
  struct Version {
    std::weak_ptr<const ModelVersion> theta;
    std::shared_ptr<Entry> entry;
  };
  std::shared_ptr<Entry> entry_of(const Model& theta);
  std::shared_ptr<Entry> packed_entry_of(const Model& theta);

  const Mlp& net_;
  std::mutex mutex_;
  std::vector<Version> versions_;  ///< those that live, and some that are gone
  Pool<PackedWeights<float>> buffers_;
};

}  // namespace gradwire::learn
