#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

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

/// The results folder of one experiment, locked for this object's lifetime. A run is complete once
/// its folder has its final name; until then it is a folder ".partial-…", which no reader uses and
/// the next command removes.
class ResultsFolder {
 public:
  /// Creates the folder if needed. Throws SystemError if it is not writable, or if another gradwire
  /// holds the lock.
  explicit ResultsFolder(std::filesystem::path root, Durability durability = Durability::yes);
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

  /// Creates the folder of a run that starts, with its scenario.json and its platform file.
  [[nodiscard]] std::filesystem::path begin(const scenario::PlannedRun& run) const;
  /// Gives a finished run's folder its final name; replaces a previous folder.
  void complete(const scenario::PlannedRun& run, const std::filesystem::path& partial) const;
  /// Removes the folder of a run that did not finish. Keeps its log as failed/<id>.log if
  /// `keep_log`.
  void discard(const scenario::PlannedRun& run, const std::filesystem::path& partial,
               bool keep_log) const;
  void remove(const scenario::PlannedRun& run) const;

  /// Writes runs.csv: one line per complete run of `runs`, in their order.
  void write_index(const std::vector<scenario::PlannedRun>& runs) const;
  /// The summary.json of a complete run.
  [[nodiscard]] nlohmann::ordered_json summary(const scenario::PlannedRun& run) const;
  /// Path of an unfinished run's checkpoint; complete() removes it.
  [[nodiscard]] std::filesystem::path checkpoint(const scenario::PlannedRun& run) const;
  /// Path of a complete run.
  [[nodiscard]] std::filesystem::path folder(const scenario::PlannedRun& run) const;

 private:
  [[nodiscard]] std::filesystem::path partial_folder(const std::string& id) const;
  void keep_platform(const scenario::PlannedRun& run, const std::filesystem::path& partial) const;

  std::filesystem::path root_;
  Durability durability_;
  int lock_ = -1;
  mutable std::map<std::string, std::string> platform_copies_;  ///< digest -> id of a run with one
  mutable std::set<std::string> valid_;  ///< ids of runs with a valid summary.json
};

}  // namespace gradwire::results
