#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/actors/config.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/core/record.hpp"
#include "sim/core/units.hpp"
#include "sim/core/work.hpp"

namespace gradwire::actors {

/// What one worker asks of its host and its link in an iteration.
struct WorkerLoad {
  Flops compute;
  Flops auxiliary;  ///< part of `compute`, its end but for `coding`
  Bytes upload;
  Flops coding{};  ///< part of `compute`, its end: selecting what is sent and writing it down
  friend bool operator==(const WorkerLoad&, const WorkerLoad&) = default;
};

/// How much of what is seen of a worker's computation a part of its work takes.
[[nodiscard]] inline Seconds part_of_computing(const WorkerLoad& load, const Interval& compute,
                                               Flops part) {
  const double share = load.compute.value > 0 ? part.value / load.compute.value : 0.0;
  return share * (compute.end - compute.begin);
}

/// What an iteration asks of the platform: with the platform it decides how long everything takes.
struct IterationLoad {
  Bytes model;                      ///< to each worker
  std::vector<WorkerLoad> workers;  ///< [M]
  Flops server;                     ///< to handle the uploads, behind the last of them
  friend bool operator==(const IterationLoad&, const IterationLoad&) = default;
};

/// Turns work into load: what bytes a message has and how long a gradient takes. Random factors
/// come from streams named by seed, worker and iteration.
class Weighing {
 public:
  struct Config {
    ComputeConfig compute;
    algorithms::WireConfig wire;
    Bytes skip_flag;
    bool selects = false;  ///< uploads are selected values, not whole gradients
    std::uint64_t seed = 1;
  };
  explicit Weighing(Config config) : config_(std::move(config)) {}

  /// Of iteration t, from 1.
  [[nodiscard]] IterationLoad operator()(const IterationWork& work, std::int64_t t) const;

 private:
  /// By how much a worker's computation is longer than the rule.
  [[nodiscard]] double factor(std::uint64_t worker, std::uint64_t t) const;
  /// Of selecting an upload from a model of d entries, and of encoding it.
  [[nodiscard]] Seconds coding(const WorkerWork& worker, std::int64_t d) const;
  /// Of the server's handling an upload.
  [[nodiscard]] Seconds handling(const WorkerWork& worker) const;

  Config config_;
};

}  // namespace gradwire::actors
