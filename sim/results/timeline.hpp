#pragma once

#include <functional>
#include <string>

#include "sim/core/iteration_record.hpp"

namespace gradwire::results {

/// Writes a run's simulated time in the trace format of Chrome (chrome://tracing) and Perfetto:
/// thread 0 is the server (or, without one, all workers together: "iteration"), thread m + 1 is
/// worker m; after the workers, the server's shards if there are several. Times in microseconds.
class Timeline {
 public:
  using Write = std::function<void(const std::string&)>;
  /// Who exchanges messages with whom.
  enum class Pattern { with_server, without_server, asynchronous };
  Timeline(int workers, Write write, Pattern pattern = Pattern::with_server, int server_shards = 1);
  void add(const IterationRecord& record);
  /// Ends the file.
  void finish();

 private:
  void event(std::string_view name, int thread, Interval interval, std::int64_t iteration,
             Bytes bytes);
  /// One worker in one exchange.
  struct Activities {
    int worker;
    const WorkerTimes& times;
    bool skipped;
    Seconds begin;  ///< of the exchange
    Seconds duration;
    std::int64_t iteration;
  };
  void worker(const Activities& of);
  /// One shard of the server in an exchange that begins at `begin`.
  void shard(std::size_t number, const ShardTimes& times, Seconds begin, std::int64_t iteration);
  void client(const ClientActivity& activity, std::int64_t iteration);
  /// The same where there is no barrier.
  void node(const Activities& of);

  /// Asynchronous: thread of the pushes of a worker to a shard.
  [[nodiscard]] int pushes_of(int worker, int shard) const {
    return workers_ + worker * shards_ + shard + 1;
  }

  int workers_;
  int shards_;       ///< of the server
  int first_shard_;  ///< thread of the server's first shard
  Write write_;
  const char* whole_;  ///< name of thread 0 and its events
  std::string text_;
  Seconds finished_;  ///< date of the last iteration's end
};

}  // namespace gradwire::results
