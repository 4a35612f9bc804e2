#include "sim/actors/parameter_server.hpp"

#include <string>
#include <utility>
#include <variant>

#include "sim/actors/busy_time.hpp"
#include "sim/network/channel.hpp"

namespace gradwire::actors {
namespace {

using network::Simulation;

/// Server to worker: take part in the next iteration, with the model that comes along.
struct Compute {};
struct Stop {};
using Command = std::variant<Compute, Stop>;

/// Worker to server.
struct Reply {
  Upload upload;
  Interval downlink;  ///< when the model was on its way here
  Interval compute;
  Seconds auxiliary;  ///< the last part of `compute`
};

struct Connections {
  std::vector<network::Channel<Command>> workers;  ///< [M]
  std::vector<network::Channel<Reply>> server;     ///< [M], one a worker
};

Connections connect(const network::Platform& platform) {
  Connections connections;
  for (std::size_t m = 0; m < platform.workers.size(); ++m) {
    connections.workers.emplace_back("to worker " + std::to_string(m), platform.workers[m]);
    connections.server.emplace_back("from worker " + std::to_string(m), platform.server);
  }
  return connections;
}

void run_worker(int m, Connections& connections, const ComputeConfig& cost,
                Iterations& iterations) {
  const auto index = static_cast<std::size_t>(m);
  for (;;) {
    const network::Delivery<Command> command = connections.workers[index].receive();
    if (std::holds_alternative<Stop>(command.value)) return;

    const GradientCount gradients = iterations.gradients(m);  // before the step changes the worker
    const int evaluations = gradients.main + gradients.auxiliary;
    auto step = iterations.start(m);  // real arithmetic, on the pool,
    const Seconds begin = Simulation::now();
    network::compute({evaluations * cost.seconds_per_gradient.value * cost.reference_speed.value});
    const Seconds end = Simulation::now();  // while simulated time passes
    Upload upload = step.get();

    const double share = static_cast<double>(gradients.auxiliary) / evaluations;
    const Bytes size = upload.wire;
    connections.server[index].send({.upload = std::move(upload),
                                    .downlink = {command.started, command.finished},
                                    .compute = {begin, end},
                                    .auxiliary = share * (end - begin)},
                                   size);
  }
}

/// Everybody's reply, in the order of the workers; each transfer starts when its receive is posted.
std::vector<network::Delivery<Reply>> receive_all(Connections& connections, bool concurrently) {
  std::vector<network::Channel<Reply>::Receiving> posted;
  if (concurrently) {
    for (auto& channel : connections.server) posted.push_back(channel.start_receive());
  }
  std::vector<network::Delivery<Reply>> replies;
  for (std::size_t m = 0; m < connections.server.size(); ++m) {
    replies.push_back(concurrently ? posted[m].get() : connections.server[m].receive());
  }
  return replies;
}

class Accountant {
 public:
  explicit Accountant(const network::Platform& platform) : platform_(platform) {}

  /// The iteration's costs; `downlink_size` went to each worker.
  IterationRecord record(std::int64_t iteration, Bytes downlink_size,
                         const std::vector<network::Delivery<Reply>>& replies) {
    IterationRecord record{.iteration = iteration, .finished = Simulation::now()};
    BusyTime uplink, downlink, compute, auxiliary;
    for (std::size_t m = 0; m < replies.size(); ++m) {
      const Reply& reply = replies[m].value;
      const bool remote = platform_.workers[m] != platform_.server;
      if (remote) uplink.add({replies[m].started, replies[m].finished});
      if (remote) downlink.add(reply.downlink);
      compute.add(reply.compute);
      auxiliary.add({reply.compute.end - reply.auxiliary, reply.compute.end});
      record.communication += communication(reply.upload, remote, downlink_size);
      record.train += reply.upload.batch;
    }
    record.busy = {uplink.total(), downlink.total(), compute.total(), auxiliary.total()};
    return record;
  }

 private:
  static Communication communication(const Upload& upload, bool remote, Bytes downlink_size) {
    return {.rounds = upload.skipped ? 0 : 1,
            .skipped = upload.skipped ? 1 : 0,
            .uplink_payload = upload.payload,
            .uplink_wire = remote ? upload.wire : Bytes{0},
            .downlink_wire = remote ? downlink_size : Bytes{0}};
  }

  const network::Platform& platform_;
};

void run_server(const network::Platform& platform, const ProtocolConfig& protocol,
                Connections& connections, Iterations& iterations, const OnIteration& on_iteration) {
  Accountant accountant(platform);
  bool go_on = true;
  for (std::int64_t t = 1; go_on; ++t) {
    const Bytes size = iterations.begin();
    std::vector<network::Channel<Command>::Sending> broadcast;
    for (auto& worker : connections.workers)
      broadcast.push_back(worker.start_send(Compute{}, size));
    auto replies = receive_all(connections, protocol.uplink == "concurrent");
    for (const auto& sending : broadcast) sending->wait();

    const IterationRecord record = accountant.record(t, size, replies);
    std::vector<Upload> uploads;
    for (auto& reply : replies) uploads.push_back(std::move(reply.value.upload));
    iterations.finish(std::move(uploads));
    go_on = on_iteration(record);
  }
  for (auto& worker : connections.workers) worker.send(Stop{}, Bytes{0});
}

}  // namespace

ChannelTotals run_parameter_server(Simulation& simulation, const network::Platform& platform,
                                   const ProtocolConfig& protocol, const ComputeConfig& compute,
                                   Iterations& iterations, const OnIteration& on_iteration) {
  Connections connections = connect(platform);
  simulation.spawn(platform.server, "server",
                   [&] { run_server(platform, protocol, connections, iterations, on_iteration); });
  for (std::size_t m = 0; m < platform.workers.size(); ++m) {
    simulation.spawn(platform.workers[m], "worker " + std::to_string(m),
                     [&, m] { run_worker(static_cast<int>(m), connections, compute, iterations); });
  }
  simulation.run();

  ChannelTotals totals;
  for (const auto& channel : connections.server) totals.uplink += channel.traffic().bytes;
  for (const auto& channel : connections.workers) totals.downlink += channel.traffic().bytes;
  return totals;
}

}  // namespace gradwire::actors
