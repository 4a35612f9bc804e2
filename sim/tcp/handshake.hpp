#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "sim/tcp/worker_pool.hpp"

namespace gradwire::tcp {

/// Accepts workers until all have joined. Other connections cost little: a silent one is closed
/// after some seconds, their number is bounded, and they delay no worker.
class Handshake {
 public:
  Handshake(Listener& listener, ExpectedWorkers expected, Timeouts timeouts,
            const WorkerPool::Tell& tell);

  /// Blocks until all wanted workers have joined. [workers]; null for a worker that is not wanted.
  /// Throws SystemError on timeout, Interrupted on request.
  [[nodiscard]] std::vector<std::unique_ptr<Stream>> all();

 private:
  /// A pending connection: it has not yet sent its hello.
  struct Pending {
    std::unique_ptr<Stream> stream;
    Seconds came;
  };

  void wait();
  void accept_guests();
  /// Closes the connection that has been silent for longest, to make room for others.
  void close_oldest_pending(const std::string& why);
  void poll_pending();
  /// Whether the connection is still pending; else it has been welcomed or has closed. Throws
  /// SystemError if it was refused or has been silent for too long.
  bool still_silent(Pending& guest);
  void answer(std::unique_ptr<Stream>& guest, const Hello& hello);
  [[nodiscard]] Refusal refusal_for(const Hello& hello) const;
  /// Removes workers that disconnected before the start; they may join again.
  void drop_disconnected();
  [[nodiscard]] std::string missing() const;
  /// Passes a line to the user; the number of lines is bounded.
  void tell(const std::string& line);

  Listener& listener_;
  ExpectedWorkers expected_;
  Timeouts timeouts_;
  const WorkerPool::Tell& tell_;
  std::list<Pending> guests_;  ///< in the order of arrival
  std::vector<std::unique_ptr<Stream>> workers_;
  std::size_t max_joined_ = 0;  ///< largest number of workers so far
  Seconds last_join_;           ///< when that number last increased
  Seconds accepts_again_;       ///< no accept before, for lack of descriptors
  std::string accept_error_;    ///< why some connections could not be accepted
  std::size_t lines_left_;
};

}  // namespace gradwire::tcp
