#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sim/results/claims/process_name.hpp"

namespace gradwire::results {

/// Name of the folder of claims in a results folder.
inline constexpr const char* claims_folder = ".claims";

/// "DIR: another gradwire is writing to this results folder (node7, process 4711)".
[[nodiscard]] std::string occupied(const std::filesystem::path& results,
                                   const ProcessName& process);

/// The last sign of life of a registered process.
struct Heartbeat {
  std::string text;            ///< changes with each beat
  double every_seconds = 0.0;  ///< promised time between beats
  std::string at;              ///< by the clock of its host: "2026-11-30T22:15:00Z"
};
/// Nullopt if the process is not registered.
[[nodiscard]] std::optional<Heartbeat> read_heartbeat(const std::filesystem::path& folder,
                                                      const ProcessName& process);
/// Beats that a process may miss before it counts as dead.
inline constexpr double missed_beats = 12.0;

/// Judges whether registered processes live. Those of other hosts: by whether their heartbeat
/// changes while this object observes it, on this host's own clock.
class Observer {
 public:
  explicit Observer(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Liveness judge(const ProcessName& process);
  /// Of a claim whose owner has not been written, on a file system without hard links: it counts
  /// for the time that a silent process has.
  Liveness judge_unnamed(const std::string& claim);
  /// For messages about a process of another host that was judged unknown: seconds of silence
  /// observed, and allowed.
  struct Silence {
    double seconds = 0.0;
    double allowed = 0.0;
  };
  [[nodiscard]] Silence silence_of(const ProcessName& process) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Seen {
    Heartbeat newest;
    Clock::time_point since;
    bool has_changed = false;
  };
  std::filesystem::path folder_;
  std::map<std::string, Seen> seen_;
};

/// The processes registered in a folder of claims.
[[nodiscard]] std::vector<ProcessName> registered_in(const std::filesystem::path& folder);

/// The newest claim of each name, and who took it.
[[nodiscard]] std::map<std::string, ProcessName> claims_in(const std::filesystem::path& folder);

/// This process among those that share a folder: registered, with a heartbeat, and holding claims.
///
/// A claim NAME is a file NAME.G, G = 0, 1, ...: a hard link of the file that registers its owner.
/// The file of the highest G counts. Where its owner is dead, another process takes G + 1; link()
/// gives it to one process only. An owner that is done removes its own and the lower ones, in
/// ascending order (D57).
class Claims {
 public:
  /// Registers this process. `activity`: for people who look. Throws SystemError.
  Claims(std::filesystem::path folder, const std::string& activity);
  /// Releases all claims.
  ~Claims();
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  /// Who has a claim that could not be taken.
  struct Holder {
    ProcessName process;
    Liveness liveness = Liveness::alive;  ///< never dead
  };
  /// Takes the claim; returns the other process that has it, or nullopt. Throws SystemError.
  std::optional<Holder> take(const std::string& name);
  void release(const std::string& name);
  [[nodiscard]] bool holds(const std::string& name) const { return held_.contains(name); }
  /// The living holder of a claim, which need not be alive for certain; takes nothing.
  std::optional<Holder> holder_of(const std::string& name);

  /// The other registered processes that are not dead.
  std::vector<Holder> others();
  /// Removes the registration of dead processes.
  void forget_the_dead();
  /// Removes the claims of dead processes. Precondition: no other process takes claims.
  void remove_void_claims();
  /// Whether somebody removed this process's registration: its claims are void.
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] Observer::Silence silence_of(const ProcessName& process) const {
    return observer_.silence_of(process);
  }

 private:
  void enrol(const std::string& activity);
  void beat();
  void keep_beating();
  [[nodiscard]] bool link_claim(const std::filesystem::path& claim) const;
  void forget(const ProcessName& process) const;
  void remove_claim(const std::string& name, std::size_t generation) const;
  /// The holder, and the owners of the claims below that are void.
  std::optional<Holder> holder_of(const std::string& name, std::vector<ProcessName>& dead);

  std::filesystem::path folder_;
  std::filesystem::path own_;  ///< the file that registers this process
  Observer observer_;
  std::map<std::string, std::size_t> held_;  ///< name -> generation
  std::chrono::duration<double> pause_;      ///< between beats
  std::uint64_t beats_ = 0;
  std::atomic<bool> lost_ = false;
  std::mutex mutex_;
  std::condition_variable ends_;
  bool ending_ = false;
  std::thread heart_;
};

}  // namespace gradwire::results
