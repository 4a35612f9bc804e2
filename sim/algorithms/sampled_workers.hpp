#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/participation.hpp"

namespace gradwire::algorithms {

inline constexpr NumberParameter participation_parameter{
    .key = "participation",
    .help =
        "C, the share of the workers that take part in an iteration, drawn anew for each: "
        "max(1, round(C M)); the others receive, compute and send nothing",
    .range = {.above = 0, .up_to = 1},
    .default_value = 1};

/// max(1, round(share M)).
[[nodiscard]] int sampled_count(double share, int workers);

/// The workers drawn for an iteration, [M] true: `count` different ones, all sets alike likely. A
/// function of the seed and the iteration alone.
[[nodiscard]] std::vector<bool> sampled_workers(std::uint64_t seed, std::int64_t iteration,
                                                int workers, int count);

/// Client sampling, without replacement inside an iteration (FedAvg).
class SampledWorkers final : public Participation {
 public:
  SampledWorkers(std::uint64_t seed, int workers, int count)
      : seed_(seed), workers_(workers), count_(count) {}

  std::vector<bool> choose(const Model& theta, StepSize /*size*/) override {
    return sampled_workers(seed_, theta->iteration, workers_, count_);
  }
  [[nodiscard]] std::unique_ptr<Participation> clone() const override {
    return std::make_unique<SampledWorkers>(*this);
  }

 private:
  std::uint64_t seed_;
  int workers_;
  int count_;
};

}  // namespace gradwire::algorithms
