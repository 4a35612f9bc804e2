#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/tcp/transport/event_loop.hpp"
#include "sim/tcp/transport/frame.hpp"
#include "sim/tcp/transport/socket.hpp"
#include "sim/tcp/transport/stream.hpp"

namespace gradwire::tcp {

/// The workers that a server accepts.
struct ExpectedWorkers {
  Purpose purpose = Purpose::replay;
  std::size_t workers = 1;
  std::vector<char> wanted;  ///< [workers]; the others are colocated with the server
  std::string digest;        ///< of the traces, to compare with that of a worker's own
};

/// Throws SystemError if the worker reports another size of the model than was sent.
void require_received(Bytes model, const Times& report, const Stream& worker);

/// The workers that are connected to this server, and the offsets of their clocks.
class WorkerPool {
 public:
  /// Takes lines for the user.
  using Tell = std::function<void(const std::string&)>;
  /// Waits at `listener` until all wanted workers have joined. Any other connection is refused with
  /// a reason, and not waited for. Throws SystemError if no further worker joins for too long.
  WorkerPool(Listener& listener, ExpectedWorkers expected, Timeouts timeouts, const Tell& tell);

  /// Worker m; null if it is colocated with the server.
  [[nodiscard]] Stream* worker(std::size_t m) { return workers_[m].get(); }
  [[nodiscard]] std::size_t size() const { return workers_.size(); }
  [[nodiscard]] EventLoop& exchange() { return *loop_; }

  /// Converts a time of worker m's clock to the server's clock.
  [[nodiscard]] Seconds to_server_clock(std::size_t m, Seconds theirs) const {
    return theirs - offsets_[m];
  }
  /// Compares the clocks if the last comparison is long ago. Not to be called during a measurement.
  void compare_clocks();
  /// The shortest round trip of a ping to each worker, the median over the workers.
  [[nodiscard]] Seconds round_trip() const;

  /// Sends all workers the final frame; the texts are for the worker of a calibration. Never fails,
  /// since the measurement is complete.
  void finish(const std::string& user_text = "", const std::string& file_text = "");
  /// Closes all connections and sends the reason.
  void give_up(const std::string& reason) { loop_->give_up(reason); }

  /// Calls act(m, stream) for each connected worker.
  template <class Act>
  void for_each(Act act) {
    for (std::size_t m = 0; m < workers_.size(); ++m) {
      if (workers_[m]) act(m, *workers_[m]);
    }
  }

 private:
  void ping_all();

  std::vector<std::unique_ptr<Stream>> workers_;
  std::unique_ptr<EventLoop> loop_;
  std::vector<Seconds> offsets_;      ///< [M], worker's clock minus server's
  std::vector<Seconds> round_trips_;  ///< [M], the shortest
  Seconds next_comparison_{-1e9};     ///< of the clocks
};

}  // namespace gradwire::tcp
