#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "sim/core/model.hpp"
#include "sim/learn/mlp/mlp.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {

/// Packed weights of model versions: made at the first request, shared by all callers, dropped
/// after the version is destroyed. They determine theta, so that its plain parameters can be freed.
/// Thread-safe.
class PackedParameterCache {
 public:
  /// `net` must outlive it.
  explicit PackedParameterCache(const Mlp& net) : net_(net) {}

  [[nodiscard]] std::shared_ptr<const PackedWeights<float>> of(const Model& theta);
  /// theta in packed form, for ModelVersion::take_parameters().
  [[nodiscard]] std::shared_ptr<const PackedParameters> kept(const Model& theta);

 private:
  struct Entry final : PackedParameters {
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
  /// Live versions, and expired ones until a later insertion; their addresses may be reused.
  std::unordered_map<const ModelVersion*, Version> versions_;
  std::size_t insertions_ = 0;  ///< since expired ones were dropped
  Pool<PackedWeights<float>> buffers_;
};

}  // namespace gradwire::learn
