#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/experiment/planned_run.hpp"

namespace gradwire::experiment {

/// A run's recorded iterations, in its folder.
inline constexpr const char* trace_file = "trace.bin";

/// Whether what is written must still be there after a crash of the machine.
enum class Lasting { yes, no };

/// Writes `text` so that a reader, or a crash, sees the old file or the whole new one. Throws
/// SystemError with the file and the reason.
void write_atomically(const std::filesystem::path& file, const std::string& text,
                      Lasting lasting = Lasting::yes);

/// The results folder of one experiment, held exclusively while the object lives. A run is complete
/// once its folder bears its final name; until then it is a folder ".partial-…", which nobody reads
/// and the next command removes.
class ResultsFolder {
 public:
  /// Creates the folder where needed. Throws SystemError when it cannot be written to, or when
  /// another gradwire is at work in it.
  explicit ResultsFolder(std::filesystem::path root, Lasting lasting = Lasting::yes);
  ~ResultsFolder();
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  /// Whether the run has a summary.json that can be read (read_summary).
  [[nodiscard]] bool is_complete(const PlannedRun& run) const;
  /// What is wrong with a run's summary.json, in a line; empty where there is none, or a good one.
  [[nodiscard]] std::string damage(const PlannedRun& run) const;
  [[nodiscard]] bool has_timeline(const PlannedRun& run) const;

  /// A new folder for a run that starts, with its scenario.json and its platform file in it.
  [[nodiscard]] std::filesystem::path begin(const PlannedRun& run) const;
  /// Makes a finished run's folder the run's folder; what stood there before is replaced.
  void complete(const PlannedRun& run, const std::filesystem::path& partial) const;
  /// Forgets a run that did not finish. Keeps its log as failed/<id>.log where `keep_log`.
  void discard(const PlannedRun& run, const std::filesystem::path& partial, bool keep_log) const;
  void remove(const PlannedRun& run) const;

  /// runs.csv: a line for each complete run of `runs`, in their order.
  void write_index(const std::vector<PlannedRun>& runs) const;
  /// summary.json of a complete run.
  [[nodiscard]] nlohmann::ordered_json summary(const PlannedRun& run) const;
  /// Where a run that is under way keeps its checkpoint; gone when it is complete.
  [[nodiscard]] std::filesystem::path checkpoint(const PlannedRun& run) const;
  /// Where a run is when it is complete.
  [[nodiscard]] std::filesystem::path folder(const PlannedRun& run) const;

 private:
  [[nodiscard]] std::filesystem::path partial_folder(const std::string& id) const;
  void keep_platform(const PlannedRun& run, const std::filesystem::path& partial) const;

  std::filesystem::path root_;
  Lasting lasting_;
  int lock_ = -1;
  mutable std::map<std::string, std::string> platform_copies_;  ///< digest -> id of a run with one
  mutable std::set<std::string> sound_;  ///< ids of runs whose summary was read; nobody else writes
};

}  // namespace gradwire::experiment
