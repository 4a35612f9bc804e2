#include "sim/actors/phases.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "sim/actors/broadcast.hpp"
#include "sim/actors/routes.hpp"
#include "sim/network/contention.hpp"

namespace gradwire::actors {
namespace {

constexpr std::size_t most_uploads = std::size_t{1} << 22;  // some 64 MB

/// Else computations share a host's speed.
bool on_hosts_of_their_own(const std::vector<network::Host>& workers) {
  return std::set<network::Host>(workers.begin(), workers.end()).size() == workers.size();
}

Seconds end_of_broadcast(const std::vector<WorkerTimes>& workers) {
  Seconds last;
  for (const WorkerTimes& worker : workers) last = std::max(last, worker.downlink.end);
  return last;
}

}  // namespace

Phases::Phases(const network::Simulation& simulation, const network::Platform& platform,
               const ProtocolConfig& protocol)
    : platform_(platform),
      one_after_the_other_(protocol.uplink == "sequential"),
      along_tree_(protocol.broadcast == "binomial"),
      server_speed_(network::speed(platform.server)),
      uploads_(platform.workers.size()) {
  for (const network::Host worker : platform.workers) speeds_.push_back(network::speed(worker));
  const network::Contention meeting = network::contention(
      simulation, downloads_of(platform, protocol.broadcast), uploads_of(platform));
  apart_ = !meeting.between_directions;
  // In the tree, who receives when depends on who of the server's actors does.
  const bool alone = one_after_the_other_ || (!meeting.between_uploads && !along_tree_);
  applies_ = alone && on_hosts_of_their_own(platform.workers);
}

const IterationTiming* Phases::timing(const IterationLoad& load) {
  if (load == composed_) return &newest_;
  composed_ = {};
  const Broadcast* broadcast = broadcast_of(load.model);
  if (broadcast == nullptr || !compose(*broadcast, load)) return nullptr;
  if (phases_meet(newest_.workers, broadcast->last)) return nullptr;
  add_up(*broadcast, load);
  composed_ = load;
  return &newest_;
}

bool Phases::compose(const Broadcast& broadcast, const IterationLoad& load) {
  newest_.workers.resize(load.workers.size());
  Seconds receiving = broadcast.served;
  for (std::size_t m = 0; m < load.workers.size(); ++m) {
    const WorkerLoad& asked = load.workers[m];
    const Seconds* lasts = upload_seconds(m, asked.upload);
    if (lasts == nullptr) return false;
    const Seconds begin = broadcast.ready[m];
    const Interval compute{begin, begin + Seconds{asked.compute.value / speeds_[m].value}};
    const Seconds sent = std::max(receiving, compute.end);
    newest_.workers[m] = {.downlink = broadcast.downlinks[m],
                          .compute = compute,
                          .uplink = {sent, sent + *lasts},
                          .auxiliary = part_of_computing(asked, compute, asked.auxiliary),
                          .model = broadcast.to_worker,
                          .upload = asked.upload};
    if (one_after_the_other_) receiving = sent + *lasts;
  }
  return true;
}

void Phases::add_up(const Broadcast& broadcast, const IterationLoad& load) {
  busy_.clear();
  Seconds all_there;
  newest_.books = {.downlink = broadcast.carried};
  for (std::size_t m = 0; m < load.workers.size(); ++m) {
    const WorkerTimes& worker = newest_.workers[m];
    busy_.add(worker, part_of_computing(load.workers[m], worker.compute, load.workers[m].coding),
              is_remote(m));
    all_there = std::max(all_there, worker.uplink.end);
    if (is_remote(m)) newest_.books.uplink += worker.upload;
  }
  // Of every part it was seen that SimGrid carried what the channels were given.
  newest_.books.carried = newest_.books.uplink + newest_.books.downlink;
  newest_.busy = busy_.total();
  newest_.busy.server = {load.server.value / server_speed_.value};
  newest_.duration = all_there + newest_.busy.server;
}

void Phases::learn(const IterationLoad& load, const IterationTiming& timing) {
  const bool sound = timing.books.carried == timing.books.uplink + timing.books.downlink;
  if (!applies_ || !sound || known_uploads_ > most_uploads) return;
  if (phases_meet(timing.workers, end_of_broadcast(timing.workers))) return;
  if (broadcast_of(load.model) == nullptr) broadcasts_.push_back(broadcast_in(load, timing));
  for (std::size_t m = 0; m < load.workers.size(); ++m) {
    const Bytes size = load.workers[m].upload;
    if (upload_seconds(m, size) != nullptr) continue;
    const Interval uplink = timing.workers[m].uplink;
    const auto behind = std::ranges::upper_bound(uploads_[m], size, {}, &Upload::size);
    uploads_[m].insert(behind, {.size = size, .seconds = uplink.end - uplink.begin});
    ++known_uploads_;
  }
}

Phases::Broadcast Phases::broadcast_in(const IterationLoad& load,
                                       const IterationTiming& timing) const {
  Broadcast broadcast{.model = load.model,
                      .downlinks = {},
                      .ready = {},
                      .served = {},
                      .last = end_of_broadcast(timing.workers),
                      .carried = timing.books.downlink,
                      .to_worker = timing.workers.front().model};
  for (const WorkerTimes& worker : timing.workers) {
    broadcast.downlinks.push_back(worker.downlink);
    broadcast.ready.push_back(worker.compute.begin);
  }
  if (!along_tree_) return broadcast;
  const int last_child = children_of(0, static_cast<int>(timing.workers.size()) + 1).back();
  broadcast.served = broadcast.downlinks[static_cast<std::size_t>(last_child) - 1].end;
  return broadcast;
}

bool Phases::phases_meet(const std::vector<WorkerTimes>& workers, Seconds last) const {
  if (apart_) return false;
  Seconds first{std::numeric_limits<double>::infinity()};
  for (std::size_t m = 0; m < workers.size(); ++m) {
    if (is_remote(m)) first = std::min(first, workers[m].uplink.begin);
  }
  return first < last;
}

const Phases::Broadcast* Phases::broadcast_of(Bytes model) const {
  const auto found = std::ranges::find(broadcasts_, model, &Broadcast::model);
  return found == broadcasts_.end() ? nullptr : &*found;
}

const Seconds* Phases::upload_seconds(std::size_t m, Bytes size) const {
  const auto found = std::ranges::lower_bound(uploads_[m], size, {}, &Upload::size);
  return found == uploads_[m].end() || found->size != size ? nullptr : &found->seconds;
}

}  // namespace gradwire::actors
