#include "sim/protocols/parameter_server/sharded_exchange.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "sim/cost/busy_time.hpp"

namespace gradwire::protocols {

using network::Simulation;

namespace {

/// Workers per actor of a shard, as of a single server (D33).
constexpr std::size_t workers_per_actor = 32;

/// From the begin of the first interval to the end of the last.
class Hull {
 public:
  void add(Interval one) {
    if (!hull_) {
      hull_ = one;
      return;
    }
    hull_->begin = std::min(hull_->begin, one.begin);
    hull_->end = std::max(hull_->end, one.end);
  }
  /// `otherwise` if nothing was added.
  [[nodiscard]] Interval value_or(Interval otherwise) const { return hull_.value_or(otherwise); }

 private:
  std::optional<Interval> hull_;
};

Interval since(Seconds begin, Interval dates) { return {dates.begin - begin, dates.end - begin}; }

}  // namespace

ShardedExchange::ShardedExchange(network::Simulation& simulation, const network::Platform& platform,
                                 const ProtocolConfig& protocol)
    : SimulatedExchange(platform),
      simulation_(simulation),
      protocol_(protocol),
      dates_(platform.workers.size()),
      handling_(platform.shards.size()) {
  for (std::size_t s = 0; s < shards(); ++s) {
    for (std::size_t m = 0; m < workers(); ++m) {
      const std::string pair = std::to_string(s) + " " + std::to_string(m);
      to_worker_.emplace_back("shard to worker " + pair, platform.workers[m]);
      to_shard_.emplace_back("worker to shard " + pair, platform.shards[s]);
    }
  }
  downlinks_.resize(to_worker_.size());
  uplinks_.resize(to_worker_.size());
  if (free_broadcast()) wake_ = std::vector<network::Semaphore>(workers());
  start_actors(simulation);
}

void ShardedExchange::start_actors(network::Simulation& simulation) {
  for (std::size_t s = 0; s < shards(); ++s) {
    for (std::size_t first = 0; first < workers(); first += workers_per_actor) {
      blocks_.push_back({s, first, std::min(first + workers_per_actor, workers())});
    }
  }
  start_ = std::vector<network::Semaphore>(blocks_.size());
  done_ = std::vector<network::Semaphore>(shards());
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    simulation.spawn(
        platform().shards[blocks_[b].shard], "shard " + std::to_string(b),
        [this, b] {
          while (true) serve(b);
        },
        Simulation::Stack::small);
  }
}

void ShardedExchange::work(int worker) {
  const auto m = static_cast<std::size_t>(worker);
  while (true) {
    dates_[m].downlink = receive_model(m);
    const Seconds begin = Simulation::now();
    network::compute(load_->workers[m].compute);
    dates_[m].compute = {begin, Simulation::now()};
    upload(m);
  }
}

Interval ShardedExchange::receive_model(std::size_t m) {
  if (free_broadcast()) {
    wake_[m].wait();
    return {Simulation::now(), Simulation::now()};
  }
  std::vector<Channel::Receiving> posted;
  posted.reserve(shards());
  for (std::size_t s = 0; s < shards(); ++s) {
    posted.push_back(to_worker_[at(s, m)].start_receive());
  }
  Hull all;
  for (std::size_t s = 0; s < shards(); ++s) {
    const auto stretch = posted[s].get();
    downlinks_[at(s, m)] = {stretch.started, stretch.finished};
    all.add(downlinks_[at(s, m)]);
  }
  return all.value_or({});
}

void ShardedExchange::upload(std::size_t m) {
  std::vector<Channel::Sending> sent;
  sent.reserve(shards());
  for (std::size_t s = 0; s < shards(); ++s) {
    sent.push_back(to_shard_[at(s, m)].start_send({}, load_->workers[m].slices[s]));
  }
  for (const auto& slice : sent) network::wait_for(slice);
}

void ShardedExchange::serve(std::size_t number) {
  start_[number].wait();
  const Block& block = blocks_[number];
  exchange(block);
  if (block.first > 0) return done_[block.shard].raise();
  for (std::size_t end = workers_per_actor; end < workers(); end += workers_per_actor) {
    done_[block.shard].wait();
  }
  const Seconds all_there = Simulation::now();
  if (const Flops work = load_->shards[block.shard].work; work.value > 0) network::compute(work);
  handling_[block.shard] = {all_there, Simulation::now()};
  all_done_.raise();
}

void ShardedExchange::exchange(const Block& block) {
  std::vector<Channel::Sending> broadcast;
  for (std::size_t m = block.first; m < block.end; ++m) {
    if (!takes_part(m)) continue;
    if (!free_broadcast()) {
      Channel& channel = to_worker_[at(block.shard, m)];
      broadcast.push_back(channel.start_send({}, load_->shards[block.shard].model));
    } else if (block.shard == 0) {
      wake_[m].raise();
    }
  }
  if (protocol_.uplink == Reception::concurrent) {
    receive_concurrently(block);
  } else if (block.first == 0) {
    receive_one_by_one(block.shard);
  }
  for (const auto& sending : broadcast) network::wait_for(sending);
}

void ShardedExchange::receive_concurrently(const Block& block) {
  std::vector<Channel::Receiving> posted;
  for (std::size_t m = block.first; m < block.end; ++m) {
    if (takes_part(m)) posted.push_back(to_shard_[at(block.shard, m)].start_receive());
  }
  auto next = posted.begin();
  for (std::size_t m = block.first; m < block.end; ++m) {
    if (takes_part(m)) note_upload(block.shard, m, next++->get());
  }
}

/// In the order of the workers; a transfer cannot start before its receive is posted.
void ShardedExchange::receive_one_by_one(std::size_t shard) {
  for (std::size_t m = 0; m < workers(); ++m) {
    if (takes_part(m)) note_upload(shard, m, to_shard_[at(shard, m)].receive());
  }
}

void ShardedExchange::note_upload(std::size_t shard, std::size_t m,
                                  const network::Delivery<Nothing>& upload) {
  uplinks_[at(shard, m)] = {upload.started, upload.finished};
}

cost::IterationTiming ShardedExchange::simulate(const cost::IterationLoad& load,
                                                const ServerWork& /*server*/) {
  load_ = &load;
  const Seconds begin = Simulation::now();
  const cost::ByteLedger before = ledger();
  for (auto& start : start_) start.raise();
  for (std::size_t s = 0; s < shards(); ++s) all_done_.wait();
  cost::IterationTiming result = timing(begin);
  result.ledger = ledger() - before;
  return result;
}

void ShardedExchange::stop() { Simulation::kill_others(); }

cost::ByteLedger ShardedExchange::ledger() const {
  return {.uplink = network::delivered(to_shard_),
          .downlink = network::delivered(to_worker_),
          .carried = simulation_.carried()};
}

cost::IterationTiming ShardedExchange::timing(Seconds begin) const {
  cost::IterationTiming timing{.duration = Simulation::now() - begin, .workers = {}};
  cost::WorkersBusy busy;
  cost::BusyTime uplink, downlink, handling;
  for (std::size_t m = 0; m < workers(); ++m) {
    const WorkerTimes& worker = timing.workers.emplace_back(times(m, begin));
    if (!takes_part(m)) continue;
    const cost::WorkerLoad& load = load_->workers[m];
    busy.add(worker, cost::part_of_computing(load, worker.compute, load.coding));
    for (std::size_t s = 0; s < shards(); ++s) {
      if (!crosses_network(s, m)) continue;
      uplink.add(since(begin, uplinks_[at(s, m)]));
      if (!free_broadcast()) downlink.add(since(begin, downlinks_[at(s, m)]));
    }
  }
  for (std::size_t s = 0; s < shards(); ++s) {
    timing.shards.push_back(times_of_shard(s, begin));
    handling.add(timing.shards.back().handling);
  }
  timing.busy = busy.total();
  timing.busy.uplink = uplink.total();
  timing.busy.downlink = downlink.total();
  timing.busy.server = handling.total();
  return timing;
}

WorkerTimes ShardedExchange::times(std::size_t m, Seconds begin) const {
  WorkerTimes times{.remote = false};
  for (std::size_t s = 0; s < shards(); ++s) times.remote |= crosses_network(s, m);
  if (!takes_part(m)) return times;
  const cost::WorkerLoad& load = load_->workers[m];
  Hull uplink;
  for (std::size_t s = 0; s < shards(); ++s) {
    uplink.add(uplinks_[at(s, m)]);
    if (!crosses_network(s, m)) continue;
    times.upload += load.slices[s];
    if (!free_broadcast()) times.model += load_->shards[s].model;
  }
  times.downlink = since(begin, dates_[m].downlink);
  times.compute = since(begin, dates_[m].compute);
  times.uplink = since(begin, uplink.value_or({}));
  times.auxiliary = cost::part_of_computing(load, times.compute, load.auxiliary);
  return times;
}

ShardTimes ShardedExchange::times_of_shard(std::size_t shard, Seconds begin) const {
  Hull broadcast, reception;
  for (std::size_t m = 0; m < workers(); ++m) {
    if (!takes_part(m)) continue;
    broadcast.add(free_broadcast() ? dates_[m].downlink : downlinks_[at(shard, m)]);
    reception.add(uplinks_[at(shard, m)]);
  }
  return {.broadcast = since(begin, broadcast.value_or({begin, begin})),
          .reception = since(begin, reception.value_or({begin, begin})),
          .handling = since(begin, handling_[shard])};
}

}  // namespace gradwire::protocols
