#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/results/claims/claims.hpp"
#include "sim/scenario/planned_run.hpp"

namespace gradwire::results {

/// Name of the trace in a run's folder.
inline constexpr const char* trace_file = "trace.bin";
/// Name of the table of workers in a run's folder.
inline constexpr const char* workers_file = "workers.csv";
inline constexpr const char* shards_file = "shards.csv";
inline constexpr const char* staleness_file = "staleness.csv";
inline constexpr const char* graph_file = "graph.csv";

/// Whether written data must survive a crash of the machine.
enum class Durability { yes, no };

/// Replaces the file atomically: readers, also after a crash, find the old file or the whole new
/// one. Throws SystemError with the file and the reason.
void write_atomically(const std::filesystem::path& file, const std::string& text,
                      Durability durability = Durability::yes);

/// Who else may write to a results folder while an object of it lives.
enum class Access {
  alone,    ///< nobody
  shared,   ///< other processes with shared access, also of other hosts
  reading,  ///< all: this process writes no runs
};

/// Creates a file with this text unless it exists, atomically also on a network file system.
/// Returns whether it did. Throws SystemError.
bool create_once(const std::filesystem::path& file, const std::string& text);

/// The results folder of one experiment. A run is complete once its folder has its final name;
/// until then it is a folder ".partial-ID@PROCESS", which no reader uses and the next command of
/// that host removes. A process that computes a run holds the claim of its id (Claims, D57).
class ResultsFolder {
 public:
  using Tell = std::function<void(const std::string& sentence)>;
  /// Creates the folder if needed. Throws SystemError if it is not writable, or if another gradwire
  /// works there and the access of one of the two is `alone`; waits until it is known whether
  /// processes of other hosts that registered there live, and tells so. `activity` is shown to
  /// others.
  explicit ResultsFolder(std::filesystem::path root, Durability durability = Durability::yes,
                         Access access = Access::alone, const std::string& activity = "run",
                         const Tell& tell = {});
  ~ResultsFolder();
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  /// Whether the run has a valid summary.json (read_summary).
  [[nodiscard]] bool is_complete(const scenario::PlannedRun& run) const;
  /// The error in a run's summary.json, in one line; empty if there is none or the file does not
  /// exist.
  [[nodiscard]] std::string damage(const scenario::PlannedRun& run) const;
  [[nodiscard]] bool has_timeline(const scenario::PlannedRun& run) const;

  /// Takes the claim to compute a run; returns the process that has it, or nullopt. complete() and
  /// discard() release it.
  std::optional<Claims::Holder> claim(const scenario::PlannedRun& run) const;
  /// The seconds that the holder of a claim has been silent, and may be.
  [[nodiscard]] Observer::Silence silence_of(const ProcessName& process) const;
  /// Throws SystemError if another process has removed this one's registration, so that its claims
  /// are void.
  void require_claims() const;
  [[nodiscard]] bool is_shared() const { return access_ == Access::shared; }

  /// Creates the folder of a run that starts, with its scenario.json and its platform file. Claims
  /// the run if that has not been done; throws SystemError if another process has it.
  [[nodiscard]] std::filesystem::path begin(const scenario::PlannedRun& run) const;
  /// Gives a finished run's folder its final name; replaces a previous folder.
  void complete(const scenario::PlannedRun& run, const std::filesystem::path& partial) const;
  /// Removes the folder of a run that did not finish. Keeps its log as failed/<id>.log if
  /// `keep_log`.
  void discard(const scenario::PlannedRun& run, const std::filesystem::path& partial,
               bool keep_log) const;
  void remove(const scenario::PlannedRun& run) const;

  /// Writes runs.csv: one line per complete run of `runs`, in their order. With shared access,
  /// again if others completed runs in the meantime.
  void write_index(const std::vector<scenario::PlannedRun>& runs) const;
  /// The summary.json of a complete run.
  [[nodiscard]] nlohmann::ordered_json summary(const scenario::PlannedRun& run) const;
  /// Path of an unfinished run's checkpoint; complete() removes it.
  [[nodiscard]] std::filesystem::path checkpoint(const scenario::PlannedRun& run) const;
  /// Path of a complete run.
  [[nodiscard]] std::filesystem::path folder(const scenario::PlannedRun& run) const;

 private:
  [[nodiscard]] std::filesystem::path partial_folder(const std::string& id) const;
  void require_alone(const Tell& tell);
  void require_nobody_alone(const Tell& tell);
  void remove_leftovers(const std::filesystem::path& folder) const;
  void keep_platform(const scenario::PlannedRun& run, const std::filesystem::path& partial) const;

  std::filesystem::path root_;
  Durability durability_;
  Access access_;
  mutable std::unique_ptr<Claims> claims_;                      ///< null if reading
  mutable std::map<std::string, std::string> platform_copies_;  ///< digest -> id of a run with one
  mutable std::set<std::string> valid_;  ///< ids of runs with a valid summary.json
};

}  // namespace gradwire::results
