#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/tcp/exchange.hpp"
#include "sim/tcp/frame.hpp"
#include "sim/tcp/socket.hpp"
#include "sim/tcp/stream.hpp"

namespace gradwire::tcp {

/// Who may take part.
struct Invitation {
  Purpose purpose = Purpose::replay;
  std::size_t workers = 1;
  std::vector<char> wanted;  ///< [workers]; the others live with the server
  std::string digest;        ///< of the traces, for workers that have their own
};

/// Throws SystemError where a worker reports another size of the model than it was sent.
void require_received(Bytes model, const Times& report, const Stream& worker);

/// The workers that are connected to this server, and what the server knows of their clocks.
class Party {
 public:
  /// `tell` takes lines for people.
  using Tell = std::function<void(const std::string&)>;
  /// Waits at `listener` until all wanted workers are there. Whoever does not belong here is
  /// refused, told why, and not waited for. Throws SystemError when nobody comes for too long.
  Party(Listener& listener, Invitation invitation, Patience patience, const Tell& tell);

  /// [M]; null for a worker that lives with the server.
  [[nodiscard]] Stream* worker(std::size_t m) { return workers_[m].get(); }
  [[nodiscard]] std::size_t size() const { return workers_.size(); }
  [[nodiscard]] Exchange& exchange() { return *exchange_; }

  /// A time of worker m's clock by the server's.
  [[nodiscard]] Seconds by_our_clock(std::size_t m, Seconds theirs) const {
    return theirs - offsets_[m];
  }
  /// Compares the clocks again if the last time is long ago. Not while something is measured.
  void compare_clocks();
  /// The shortest round trip of a ping to each worker, the median over the workers.
  [[nodiscard]] Seconds round_trip() const;

  /// Sends everybody home; the texts are for calibrate's other side. Never fails: what was to be
  /// measured is there.
  void finish(const std::string& for_people = "", const std::string& for_files = "");
  /// Tells everybody why it is over.
  void give_up(const std::string& reason) { exchange_->give_up(reason); }

  /// Runs `act` for each connected worker: (m, stream).
  template <class Act>
  void for_each(Act act) {
    for (std::size_t m = 0; m < workers_.size(); ++m) {
      if (workers_[m]) act(m, *workers_[m]);
    }
  }

 private:
  void ping_all();

  std::vector<std::unique_ptr<Stream>> workers_;
  std::unique_ptr<Exchange> exchange_;
  std::vector<Seconds> offsets_;      ///< [M], their clock minus ours
  std::vector<Seconds> round_trips_;  ///< [M], the shortest
  Seconds next_comparison_{-1e9};     ///< of the clocks
};

}  // namespace gradwire::tcp
