#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// The models of groups of consecutive workers between the averages of all (Hier-AVG). The server
/// holds them besides theta, which is their mean, weighted by workers: it moves by the mean of all
/// workers' differences, whatever model these are from.
class GroupModels {
 public:
  struct Config {
    int workers = 1;
    int group_size = 1;          ///< S; the last group may be smaller
    std::int64_t exchanges = 1;  ///< K2 / K1: of so many, the last is of all groups
  };
  explicit GroupModels(const Config& config);

  /// The model that the worker receives where the common one is theta.
  [[nodiscard]] Model of(int worker, const Model& theta) const;
  /// Ends an iteration from theta^t, by the workers' differences from their groups' models, [M].
  void step(const Model& theta, std::span<const Message> differences);

  [[nodiscard]] Bytes state_bytes() const;
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  [[nodiscard]] Model next_of(std::size_t group, const Model& theta,
                              std::span<const Message> differences) const;

  Config config_;
  std::vector<Model> models_;  ///< of the groups; empty: all are at theta
};

}  // namespace gradwire::algorithms
