#include "sim/results/run_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/results/staleness_table.hpp"
#include "sim/results/timeline.hpp"
#include "sim/results/worker_totals.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace gradwire::results {
namespace {

namespace fs = std::filesystem;

/// Appends text to a file and flushes it. Throws SystemError if a write fails.
class Appender {
 public:
  explicit Appender(fs::path path) : path_(std::move(path)), file_(path_, std::ios::binary) {
    check();
  }
  void operator()(const std::string& text) {
    file_ << text << std::flush;
    check();
  }

 private:
  void check() {
    if (!file_) {
      throw SystemError(fmt::format("{}: cannot write: {}", path_.string(), std::strerror(errno)));
    }
  }
  fs::path path_;
  std::ofstream file_;
};

Timeline::Pattern pattern_of(const protocols::ProtocolConfig& protocol) {
  if (protocol.kind == protocols::ProtocolKind::asynchronous) {
    return Timeline::Pattern::asynchronous;
  }
  return protocol.has_server() ? Timeline::Pattern::with_server : Timeline::Pattern::without_server;
}

/// Writes timeline.json in a folder.
class TimelineFile {
 public:
  TimelineFile(const fs::path& folder, const scenario::Scenario& scenario)
      : file_(folder / "timeline.json"),
        timeline_(
            scenario.workers, [this](const std::string& text) { file_(text); },
            pattern_of(scenario.protocol), scenario.protocol.server_shards) {}
  void add(const IterationRecord& record) { timeline_.add(record); }
  void finish() { timeline_.finish(); }

 private:
  Appender file_;
  Timeline timeline_;
};

/// Writes the digest of the data that were learned into scenario.json, if the data are a user's
/// files and it has none.
void note_digest(scenario::Scenario scenario, const Summary& summary, const fs::path& file) {
  learn::DatasetConfig& dataset = scenario.dataset;
  if (dataset.name != learn::file_dataset || !dataset.files.digest.empty() || !summary.data) return;
  dataset.files.digest = summary.data->digest;
  write_atomically(file, scenario::to_json(scenario).dump(2) + "\n", Durability::no);
}

}  // namespace

void execute_run(const fs::path& folder, RunFiles files,
                 const std::function<void(const Progress&)>& progress, const RunFunction& run) {
  const scenario::Scenario scenario = scenario::load_scenario(folder / "scenario.json");
  std::optional<Appender> metrics;
  std::optional<TimelineFile> timeline;
  if (files.metrics) metrics.emplace(folder / "metrics.csv");
  RunSink output{.metrics =
                     [&](const std::string& text) {
                       if (metrics) (*metrics)(text);
                     },
                 .progress = progress,
                 .iteration = nullptr,
                 .shards =
                     [&](const std::string& text) {
                       write_atomically(folder / shards_file, text, Durability::no);
                     }};
  if (files.graph) {
    output.graph = [&](const std::string& text) {
      write_atomically(folder / graph_file, text, Durability::no);
    };
  }
  if (files.timeline) timeline.emplace(folder, scenario);
  WorkerTotals totals(files.workers ? static_cast<std::size_t>(scenario.workers) : 0);
  StalenessTable staleness;
  if (files.workers || files.timeline) {
    output.iteration = [&](const IterationRecord& record) {
      totals.add(record);
      staleness.add(record);
      if (timeline) timeline->add(record);
    };
  }
  const Summary summary = run(scenario, output, folder);
  if (timeline) timeline->finish();
  note_digest(scenario, summary, folder / "scenario.json");
  if (files.workers) write_atomically(folder / workers_file, totals.to_csv(), Durability::no);
  const bool is_asynchronous = scenario.protocol.kind == protocols::ProtocolKind::asynchronous;
  if (files.workers && is_asynchronous) {
    write_atomically(folder / staleness_file, staleness.to_csv(), Durability::no);
  }
  write_atomically(folder / "summary.json", to_json(summary).dump(2) + "\n",
                   Durability::no);  // made durable by ResultsFolder::complete()
}

void share_trace(const fs::path& trace, const fs::path& folder) {
  std::error_code refused;
  fs::create_hard_link(trace, folder / trace_file, refused);
  if (refused) fs::copy_file(trace, folder / trace_file);
}

}  // namespace gradwire::results
