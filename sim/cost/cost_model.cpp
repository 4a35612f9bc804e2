#include "sim/cost/cost_model.hpp"

#include <cmath>
#include <utility>

#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::cost {
namespace {

constexpr std::int64_t bytes_per_value = 4;

/// Log-normal with mean 1.
double log_normal(double sigma, RandomStream stream) {
  return std::exp(sigma * stream.normal() - sigma * sigma / 2);
}

}  // namespace

IterationLoad CostModel::operator()(const IterationWork& work, std::int64_t t) const {
  const ComputeConfig& cost = config_.compute;
  const double flops = cost.seconds_per_gradient.value * cost.reference_speed.value;
  const std::int64_t d = work.model.value / bytes_per_value;
  IterationLoad load{
      .model = work.model + Bytes{config_.wire.header_bytes}, .workers = {}, .server = {}};
  double server_seconds = cost.server_seconds_per_iteration.value;
  load.workers.reserve(work.workers.size());
  for (std::size_t m = 0; m < work.workers.size(); ++m) {
    const WorkerWork& worker = work.workers[m];
    server_seconds += handling(worker).value;
    const double slowness = factor(m, static_cast<std::uint64_t>(t));
    const double one = flops * slowness;
    const double code = coding(worker, d).value * cost.reference_speed.value * slowness;
    load.workers.push_back(
        {.compute = {one * (worker.gradients + worker.auxiliary_gradients) + code},
         .auxiliary = {one * worker.auxiliary_gradients},
         .upload = algorithms::upload_bytes(worker, config_.wire, config_.skip_flag),
         .coding = {code}});
  }
  load.server = {server_seconds * cost.reference_speed.value};
  return load;
}

Seconds CostModel::coding(const WorkerWork& worker, std::int64_t d) const {
  if (worker.skipped || !config_.selects) return {};
  const ComputeConfig& cost = config_.compute;
  return {cost.selection_seconds_per_entry.value * static_cast<double>(d) +
          cost.encoding_seconds_per_value.value * static_cast<double>(worker.values)};
}

Seconds CostModel::handling(const WorkerWork& worker) const {
  if (worker.skipped) return {};
  const ComputeConfig& cost = config_.compute;
  const Seconds per_value =
      config_.selects ? cost.decoding_seconds_per_value : cost.adding_seconds_per_value;
  return {cost.server_seconds_per_upload.value +
          per_value.value * static_cast<double>(worker.values)};
}

double CostModel::factor(std::uint64_t worker, std::uint64_t t) const {
  const ComputeConfig& cost = config_.compute;
  double factor = 1.0;
  if (cost.spread)
    factor *= log_normal(*cost.spread, stream(config_.seed, stream_names::worker_speed, worker));
  if (cost.jitter) {
    factor *=
        log_normal(*cost.jitter, stream(config_.seed, stream_names::compute_jitter, worker, t));
  }
  if (cost.stragglers) {
    const double draw = stream(config_.seed, stream_names::straggler, worker, t).uniform();
    if (draw < cost.stragglers->probability) factor *= cost.stragglers->slowdown;
  }
  return factor;
}

}  // namespace gradwire::cost
