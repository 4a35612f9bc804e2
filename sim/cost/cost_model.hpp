#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/core/iteration_record.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/units.hpp"
#include "sim/cost/config.hpp"

namespace gradwire::cost {

/// Load of one worker in an iteration, on its host and its link.
struct WorkerLoad {
  Flops compute;
  Flops auxiliary;  ///< part of `compute`, directly before `coding`
  Bytes upload;
  Flops coding{};  ///< part of `compute`, at its end: selecting and encoding the upload
  friend bool operator==(const WorkerLoad&, const WorkerLoad&) = default;
};

/// The time that `part` of the load takes in the simulated computation.
[[nodiscard]] inline Seconds part_of_computing(const WorkerLoad& load, const Interval& compute,
                                               Flops part) {
  const double share = load.compute.value > 0 ? part.value / load.compute.value : 0.0;
  return share * (compute.end - compute.begin);
}

/// Load of an iteration: together with the platform it determines all timings.
struct IterationLoad {
  Bytes model;                      ///< to each worker
  std::vector<WorkerLoad> workers;  ///< [M]
  Flops server;                     ///< to handle the uploads, after the last has arrived
  friend bool operator==(const IterationLoad&, const IterationLoad&) = default;
};

/// Converts work to load: sizes of messages and flops of gradients. Random factors are drawn from
/// streams named by seed, worker and iteration.
class CostModel {
 public:
  struct Config {
    ComputeConfig compute;
    algorithms::WireConfig wire;
    Bytes skip_flag;
    bool selects = false;  ///< uploads are selected values, not dense gradients
    std::uint64_t seed = 1;
  };
  explicit CostModel(Config config) : config_(std::move(config)) {}

  /// Load of iteration t, counted from 1.
  [[nodiscard]] IterationLoad operator()(const IterationWork& work, std::int64_t t) const;

 private:
  /// Factor on a worker's computation: spread, jitter and stragglers.
  [[nodiscard]] double factor(std::uint64_t worker, std::uint64_t t) const;
  /// Time of selecting an upload from a model of d entries, and of encoding it, at the reference
  /// speed.
  [[nodiscard]] Seconds coding(const WorkerWork& worker, std::int64_t d) const;
  /// The server's time to handle an upload, at the reference speed.
  [[nodiscard]] Seconds handling(const WorkerWork& worker) const;

  Config config_;
};

}  // namespace gradwire::cost
