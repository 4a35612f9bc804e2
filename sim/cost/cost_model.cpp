#include "sim/cost/cost_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "sim/algorithms/wire/encodings.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/stream_names.hpp"

namespace gradwire::cost {
namespace {

/// Log-normal with mean 1.
double log_normal(double sigma, RandomStream stream) {
  return std::exp(sigma * stream.normal() - sigma * sigma / 2);
}

double seconds(const std::optional<Seconds>& cost) { return cost ? cost->value : 0.0; }

}  // namespace

CostModel::CostModel(Config config)
    : config_(std::move(config)),
      selected_(algorithms::selected_encodings(config_.wire, config_.encodings)) {}

IterationLoad CostModel::operator()(const Exchange& exchange, std::int64_t parameters,
                                    std::int64_t t) const {
  const ComputeConfig& cost = config_.compute;
  const double flops = cost.seconds_per_gradient.value * cost.reference_speed.value;
  IterationLoad load{.model = download(exchange), .workers = {}, .server = {}};
  double server_seconds = cost.server_seconds_per_iteration.value;
  load.workers.reserve(exchange.parts.size());
  for (std::size_t m = 0; m < exchange.parts.size(); ++m) {
    const Part& part = exchange.parts[m];
    if (!part.takes_part) {
      load.workers.push_back({.takes_part = false, .compute = {}, .auxiliary = {}, .upload = {}});
      continue;
    }
    server_seconds += handling(part).value;
    const double slowness = factor(m, static_cast<std::uint64_t>(t));
    const double one = flops * slowness;
    const double code = coding(part, parameters).value * cost.reference_speed.value * slowness;
    const double steps =
        local_steps(part, parameters).value * cost.reference_speed.value * slowness;
    const Bytes flag = Bytes{config_.wire.header_bytes} + config_.skip_flag;
    load.workers.push_back(
        {.compute = {one * (part.gradients + part.auxiliary_gradients) + steps + code},
         .auxiliary = {one * part.auxiliary_gradients},
         .upload = part.skipped ? flag : size(part.upload),
         .coding = {code}});
    const Bytes own = size(exchange.downloads.at(static_cast<std::size_t>(part.download)));
    if (own != load.model) load.workers.back().download = own;
    if (!config_.has_server) {
      load.workers.back().backward = {backward_share * one * std::min(1.0, part.gradients)};
    }
  }
  if (!config_.has_server) return without_server(std::move(load), exchange, parameters);
  load.server = {server_seconds * cost.reference_speed.value};
  if (config_.server_shards > 1) return with_shards(std::move(load), exchange, parameters);
  return load;
}

Transmission CostModel::slice_of(const Transmission& message, const Stretch& stretch,
                                 std::int64_t parameters) const {
  if (message.representation != Representation::dense || message.values <= 0 ||
      message.values % parameters != 0) {
    throw InputError(
        "protocol.server_shards",
        fmt::format("the messages' slices for {} shards were not recorded, and their sizes follow "
                    "from their lengths only if they are dense: expected the recorded number of "
                    "shards, or 1; another one must be learned again (gradwire run)",
                    config_.server_shards));
  }
  const auto length = static_cast<std::int64_t>(stretch.size());
  Transmission slice{.representation = message.representation,
                     .values = message.values / parameters * length,
                     .payload = {message.payload.value / message.values * slice.values}};
  for (std::size_t i = 0; i < slice.encoded.size(); ++i) {
    slice.encoded[i] = {message.encoded[i].value / message.values * slice.values};
  }
  return slice;
}

/// The time per upload and per iteration is divided by the lengths of the stretches.
IterationLoad CostModel::with_shards(IterationLoad load, const Exchange& exchange,
                                     std::int64_t parameters) const {
  const ComputeConfig& cost = config_.compute;
  const auto shards = static_cast<std::size_t>(config_.server_shards);
  const bool recorded = exchange.edges.size() == shards * exchange.parts.size();
  load.server = {};
  load.model = {};
  for (WorkerLoad& worker : load.workers) worker.upload = {};
  const auto stretches = stretches_of(static_cast<std::size_t>(parameters), config_.server_shards);
  for (std::size_t s = 0; s < shards; ++s) {
    const double share = static_cast<double>(stretches[s].size()) / static_cast<double>(parameters);
    ShardLoad& shard = load.shards.emplace_back();
    shard.model = size(slice_of(exchange.downloads.at(0), stretches[s], parameters));
    Seconds work = share * cost.server_seconds_per_iteration;
    for (std::size_t m = 0; m < load.workers.size(); ++m) {
      const Part& part = exchange.parts[m];
      if (!part.takes_part) continue;
      Bytes message = Bytes{config_.wire.header_bytes} + config_.skip_flag;
      if (!part.skipped) {
        const Transmission slice = recorded ? exchange.edges[m * shards + s].sent
                                            : slice_of(part.upload, stretches[s], parameters);
        message = size(slice);
        work += share * cost.server_seconds_per_upload + adding(slice);
      }
      load.workers[m].slices.push_back(message);
      load.workers[m].upload += message;
    }
    shard.work = {work.value * cost.reference_speed.value};
    load.model += shard.model;
  }
  return load;
}

IterationLoad CostModel::without_server(IterationLoad load, const Exchange& exchange,
                                        std::int64_t parameters) const {
  const double speed = config_.compute.reference_speed.value;
  load.model = {};
  for (WorkerLoad& worker : load.workers) worker.download.reset();
  load.header = {config_.wire.header_bytes};
  load.summed = summed(exchange, parameters);
  if (load.summed) {  // the load does not depend on which workers skip
    for (WorkerLoad& worker : load.workers) worker.upload = {};
  }
  load.server = {after_collective(exchange, load.summed.has_value()).value * speed};
  return load;
}

namespace {

/// The first worker's upload that is not skipped; null without any.
const Transmission* first_upload(const Exchange& exchange) {
  const auto sent = std::ranges::find_if(
      exchange.parts, [](const Part& part) { return part.takes_part && !part.skipped; });
  return sent == exchange.parts.end() ? nullptr : &sent->upload;
}

}  // namespace

std::optional<SummedUploads> CostModel::summed(const Exchange& exchange,
                                               std::int64_t parameters) const {
  const Transmission* const upload = first_upload(exchange);
  // If all workers skip, every exchange is summable; whether something is summed depends on the
  // method.
  const bool is_summed = upload == nullptr ? config_.sends_dense : exchange.summable;
  if (!is_summed) return std::nullopt;
  constexpr std::int64_t float_bits = 32;
  const double flops =
      seconds(config_.compute.adding_seconds_per_value) * config_.compute.reference_speed.value;
  return SummedUploads{.entries = upload == nullptr ? parameters : upload->values,
                       .size = upload == nullptr ? Bits{float_bits * parameters} : bits(*upload),
                       .per_added_entry = {flops}};
}

Seconds CostModel::after_collective(const Exchange& exchange, bool is_summed) const {
  Seconds sum;
  if (!is_summed) {
    for (const Part& part : exchange.parts) sum += handling(part);
    return sum;
  }
  const Transmission* const upload = first_upload(exchange);
  if (upload == nullptr || !is_coded(*upload)) return {};
  return {seconds(config_.compute.decoding_seconds_per_value) *
          static_cast<double>(upload->values)};
}

Bits CostModel::bits(const Transmission& message) const {
  Bits bits;
  for (const std::size_t i : selected_) bits += message.encoded[i];
  return bits;
}

Bytes CostModel::size(const Transmission& message) const {
  return Bytes{config_.wire.header_bytes} + bytes_for(bits(message));
}

Bytes CostModel::download(const Exchange& exchange) const {
  const auto first = std::ranges::find_if(exchange.parts, &Part::takes_part);
  if (first == exchange.parts.end()) return {};
  return size(exchange.downloads.at(static_cast<std::size_t>(first->download)));
}

bool CostModel::is_coded(const Transmission& upload) const {
  return config_.codes_dense || upload.representation != Representation::dense;
}

Seconds CostModel::coding(const Part& part, std::int64_t d) const {
  const ComputeConfig& cost = config_.compute;
  const double selection = seconds(cost.selection_seconds_per_entry) * static_cast<double>(d);
  if (part.skipped) return {config_.skips_are_coded && part.gradients > 0 ? selection : 0.0};
  if (!is_coded(part.upload)) return {};
  return {selection +
          seconds(cost.encoding_seconds_per_value) * static_cast<double>(part.upload.values)};
}

/// A worker with one gradient sends that, and makes no step.
Seconds CostModel::local_steps(const Part& part, std::int64_t d) const {
  if (part.gradients <= 1) return {};
  return {seconds(config_.compute.local_step_seconds_per_entry) * static_cast<double>(d) *
          part.gradients};
}

Seconds CostModel::handling(const Part& part) const {
  if (part.skipped) return {};
  return config_.compute.server_seconds_per_upload + adding(part.upload);
}

Seconds CostModel::adding(const Transmission& message) const {
  const ComputeConfig& cost = config_.compute;
  const double per_value =
      seconds(is_coded(message) ? cost.decoding_seconds_per_value : cost.adding_seconds_per_value);
  return {per_value * static_cast<double>(message.values)};
}

GossipLoad CostModel::gossip_load(const Exchange& exchange, std::int64_t parameters,
                                  std::int64_t t) const {
  GossipLoad load;
  load.nodes.reserve(exchange.parts.size());
  for (const WorkerLoad& node : (*this)(exchange, parameters, t).workers) {
    load.nodes.push_back(
        {.gradient = node.compute - node.coding, .coding = node.coding, .mixing = {}});
  }
  load.edges.reserve(exchange.edges.size());
  const double speed = config_.compute.reference_speed.value;
  for (const EdgeMessage& edge : exchange.edges) {
    load.edges.push_back({.from = edge.from, .to = edge.to, .size = size(edge.sent)});
    load.nodes[static_cast<std::size_t>(edge.to)].mixing += {adding(edge.sent).value * speed};
  }
  return load;
}

Flops CostModel::computing(int client, std::int64_t turn, double gradients,
                           std::int64_t parameters) const {
  const ComputeConfig& cost = config_.compute;
  const Seconds steps = local_steps({.gradients = gradients, .upload = {}}, parameters);
  const double seconds = gradients * cost.seconds_per_gradient.value + steps.value;
  return {factor(static_cast<std::uint64_t>(client), static_cast<std::uint64_t>(turn)) * seconds *
          cost.reference_speed.value};
}

Flops CostModel::encoding(int client, std::int64_t turn, const Transmission& push,
                          std::int64_t parameters) const {
  const Seconds time = coding({.upload = push}, parameters);
  if (time.value == 0) return {};
  return {factor(static_cast<std::uint64_t>(client), static_cast<std::uint64_t>(turn)) *
          time.value * config_.compute.reference_speed.value};
}

Flops CostModel::applying(const Transmission& push, double share) const {
  const Seconds time = share * config_.compute.server_seconds_per_upload + adding(push);
  return {time.value * config_.compute.reference_speed.value};
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
