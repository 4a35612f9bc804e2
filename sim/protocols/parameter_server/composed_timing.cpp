#include "sim/protocols/parameter_server/composed_timing.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "sim/network/contention.hpp"
#include "sim/protocols/parameter_server/broadcast.hpp"
#include "sim/protocols/parameter_server/routes.hpp"

namespace gradwire::protocols {
namespace {

constexpr std::size_t most_uploads = std::size_t{1} << 22;  // about 64 MB

/// Whether no two workers share a host, and thereby its speed.
bool on_hosts_of_their_own(const std::vector<network::Host>& workers) {
  return std::set<network::Host>(workers.begin(), workers.end()).size() == workers.size();
}

Seconds end_of_broadcast(const std::vector<WorkerTimes>& workers) {
  Seconds last;
  for (const WorkerTimes& worker : workers) last = std::max(last, worker.downlink.end);
  return last;
}

}  // namespace

ComposedTiming::ComposedTiming(const network::Simulation& simulation,
                               const network::Platform& platform, const ProtocolConfig& protocol)
    : platform_(platform),
      sequential_(protocol.uplink == Reception::sequential),
      along_tree_(protocol.broadcast == BroadcastKind::binomial),
      server_speed_(network::speed(platform.server)),
      uploads_(platform.workers.size()) {
  for (const network::Host worker : platform.workers) speeds_.push_back(network::speed(worker));
  const network::Contention meeting = network::contention(
      simulation, downloads_of(platform, protocol.broadcast), uploads_of(platform));
  no_contention_ = !meeting.between_directions;
  // Under a binomial broadcast with concurrent reception, the server's own actor posts its receives
  // only after it has forwarded the model, the helper actors at once: the duration of an upload
  // then depends on the actor that receives it.
  const bool alone = sequential_ || (!meeting.between_uploads && !along_tree_);
  applies_ = alone && on_hosts_of_their_own(platform.workers) && platform.shards.empty();
}

const cost::IterationTiming* ComposedTiming::timing(const cost::IterationLoad& load) {
  if (load == composed_) return &newest_;
  if (cost::downloads_differ(load)) return nullptr;
  composed_ = {};
  const Broadcast* broadcast = broadcast_of(load.model);
  if (broadcast == nullptr || !compose(*broadcast, load)) return nullptr;
  if (phases_contend(newest_.workers, broadcast->last)) return nullptr;
  summarize(*broadcast, load);
  composed_ = load;
  return &newest_;
}

bool ComposedTiming::compose(const Broadcast& broadcast, const cost::IterationLoad& load) {
  newest_.workers.resize(load.workers.size());
  Seconds receiving = broadcast.served;
  for (std::size_t m = 0; m < load.workers.size(); ++m) {
    const cost::WorkerLoad& asked = load.workers[m];
    if (!asked.takes_part) return false;
    const Seconds* lasts = upload_seconds(m, asked.upload);
    if (lasts == nullptr) return false;
    const Seconds begin = broadcast.ready[m];
    const Interval compute{begin, begin + Seconds{asked.compute.value / speeds_[m].value}};
    const Seconds sent = std::max(receiving, compute.end);
    newest_.workers[m] = {.downlink = broadcast.downlinks[m],
                          .compute = compute,
                          .uplink = {sent, sent + *lasts},
                          .auxiliary = cost::part_of_computing(asked, compute, asked.auxiliary),
                          .model = broadcast.to_worker,
                          .upload = asked.upload,
                          .remote = platform_.is_remote(m)};
    if (sequential_) receiving = sent + *lasts;
  }
  return true;
}

void ComposedTiming::summarize(const Broadcast& broadcast, const cost::IterationLoad& load) {
  busy_.clear();
  Seconds all_there;
  newest_.ledger = {.downlink = broadcast.carried};
  for (std::size_t m = 0; m < load.workers.size(); ++m) {
    const WorkerTimes& worker = newest_.workers[m];
    busy_.add(worker,
              cost::part_of_computing(load.workers[m], worker.compute, load.workers[m].coding));
    all_there = std::max(all_there, worker.uplink.end);
    if (worker.remote) newest_.ledger.uplink += worker.upload;
  }
  // learn() accepts only iterations in which SimGrid carried exactly the bytes that the channels
  // were given.
  newest_.ledger.carried = newest_.ledger.uplink + newest_.ledger.downlink;
  newest_.busy = busy_.total();
  newest_.busy.server = {load.server.value / server_speed_.value};
  newest_.duration = all_there + newest_.busy.server;
}

void ComposedTiming::learn(const cost::IterationLoad& load, const cost::IterationTiming& timing) {
  const bool sound = timing.ledger.carried == timing.ledger.uplink + timing.ledger.downlink;
  if (!applies_ || !sound || known_uploads_ > most_uploads) return;
  if (!cost::all_take_part(load) || cost::downloads_differ(load)) return;
  if (phases_contend(timing.workers, end_of_broadcast(timing.workers))) return;
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

ComposedTiming::Broadcast ComposedTiming::broadcast_in(const cost::IterationLoad& load,
                                                       const cost::IterationTiming& timing) const {
  Broadcast broadcast{.model = load.model,
                      .downlinks = {},
                      .ready = {},
                      .served = {},
                      .last = end_of_broadcast(timing.workers),
                      .carried = timing.ledger.downlink,
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

bool ComposedTiming::phases_contend(const std::vector<WorkerTimes>& workers, Seconds last) const {
  if (no_contention_) return false;
  Seconds first{std::numeric_limits<double>::infinity()};
  for (std::size_t m = 0; m < workers.size(); ++m) {
    if (platform_.is_remote(m)) first = std::min(first, workers[m].uplink.begin);
  }
  return first < last;
}

const ComposedTiming::Broadcast* ComposedTiming::broadcast_of(Bytes model) const {
  const auto found = std::ranges::find(broadcasts_, model, &Broadcast::model);
  return found == broadcasts_.end() ? nullptr : &*found;
}

const Seconds* ComposedTiming::upload_seconds(std::size_t m, Bytes size) const {
  const auto found = std::ranges::lower_bound(uploads_[m], size, {}, &Upload::size);
  return found == uploads_[m].end() || found->size != size ? nullptr : &found->seconds;
}

}  // namespace gradwire::protocols
