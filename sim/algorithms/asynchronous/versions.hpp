#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/algorithms/asynchronous/client.hpp"

namespace gradwire::algorithms {

/// Which version of the model the server has: all of an asynchronous server that needs no
/// arithmetic. A version is a step of the server.
class Versions {
 public:
  Versions(const ServerPolicy& policy, int clients)
      : buffer_size_(policy.buffer_size),
        waits_for_all_(policy.waits_for_all),
        pushed_(static_cast<std::size_t>(clients), 0) {}

  /// Number of steps.
  [[nodiscard]] std::int64_t newest() const { return newest_; }
  /// Whether a client may fetch now, or has to wait until others have pushed.
  [[nodiscard]] bool answers(int client) const {
    return !waits_for_all_ || pushed_[static_cast<std::size_t>(client)] <= newest_;
  }
  /// The staleness that a push made from this version has now.
  [[nodiscard]] std::int64_t staleness(std::int64_t version) const { return newest_ - version; }
  /// A push is applied. Returns whether the server makes a step with it.
  bool apply(int client) {
    ++pushed_[static_cast<std::size_t>(client)];
    if (++buffered_ < buffer_size_) return false;
    buffered_ = 0;
    ++newest_;
    return true;
  }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(newest_, buffered_, pushed_);
  }

 private:
  int buffer_size_;
  bool waits_for_all_;
  std::int64_t newest_ = 0;
  int buffered_ = 0;                  ///< pushes since the newest step
  std::vector<std::int64_t> pushed_;  ///< [M] number of pushes applied
};

}  // namespace gradwire::algorithms
