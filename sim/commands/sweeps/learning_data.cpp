#include "sim/commands/sweeps/learning_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <set>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/learn/data/catalogue.hpp"
#include "sim/results/summary.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using learn::DataIdentity;
using scenario::PlannedRun;
using scenario::text_of;

const learn::DatasetConfig& dataset_of(const PlannedRun& run) { return run.scenario.dataset; }

/// False for replays, which need no data, and for "synthetic", which is generated.
bool learns_from_files(const PlannedRun& run) {
  return !run.recorded && learn::has_files(dataset_of(run));
}

/// Whether two datasets are the same files, read in the same way.
bool same_files(const learn::DatasetConfig& a, const learn::DatasetConfig& b) {
  return a.name == b.name && a.files == b.files;
}

/// The datasets found on this machine; each is read once.
class DataFound {
 public:
  explicit DataFound(const std::optional<fs::path>& folder) : folder_(folder) {}
  [[nodiscard]] bool has(const learn::DatasetConfig& dataset) const {
    return learn::has_dataset(dataset, folder_);
  }
  const DataIdentity& of(const learn::DatasetConfig& dataset) {
    for (const auto& [known, identity] : identities_) {
      if (same_files(known, dataset)) return identity;
    }
    return identities_.emplace_back(dataset, learn::identify_dataset(dataset, folder_)).second;
  }

 private:
  std::optional<fs::path> folder_;
  std::deque<std::pair<learn::DatasetConfig, DataIdentity>> identities_;  // references stay valid
};

/// Throws the message of learn::require_dataset() for a missing dataset, at `where`.
void require_dataset_at(const std::string& where, const learn::DatasetConfig& dataset,
                        const std::optional<fs::path>& data_dir) {
  try {
    learn::require_dataset(dataset, data_dir);
  } catch (const InputError& error) {
    throw InputError(where, error.what());
  }
}

/// "FILE: POINTER" of the setting that names the run's dataset.
std::string place_of_dataset(const sweep::Plan& plan, const PlannedRun& run,
                             const std::string& file) {
  const bool own = dataset_of(run).name == learn::file_dataset;
  return file + ": " + sweep::pointer_to(plan, run, own ? "dataset.train" : "dataset.name");
}

bool is_complete(const DataCheck& ahead, const PlannedRun& run) {
  return fs::is_regular_file(ahead.results / "runs" / run.id / "summary.json");
}

bool will_learn(const DataCheck& ahead, const PlannedRun& run) {
  const bool lacks_timeline =
      ahead.sweep.timeline &&
      !fs::is_regular_file(ahead.results / "runs" / run.id / "timeline.json");
  return ahead.sweep.fresh || lacks_timeline || !is_complete(ahead, run);
}

void require_enough_samples(const DataCheck& ahead, const PlannedRun& run,
                            std::int64_t train_samples) {
  const scenario::Scenario& scenario = run.scenario;
  if (scenario.batch_size.is_whole_shard()) return;
  const std::int64_t needed = std::int64_t{scenario.workers} * scenario.batch_size.samples;
  if (needed <= train_samples) return;
  throw InputError(ahead.file + ": " + sweep::pointer_to(ahead.plan, run, "workers"),
                   fmt::format("workers * batch_size must be at most {}, the training samples of "
                               "{}, got {} * {}",
                               train_samples, learn::title_of(dataset_of(run)), scenario.workers,
                               scenario.batch_size.samples));
}

/// Complete runs that learned from files and are not repeated.
std::vector<const PlannedRun*> staying_runs(const DataCheck& ahead) {
  std::set<std::string> learning;
  for (const PlannedRun& run : ahead.plan.runs) {
    if (will_learn(ahead, run)) learning.insert(run.id);
  }
  std::vector<const PlannedRun*> staying;
  for (const PlannedRun& run : ahead.unfiltered.runs) {
    if (!learns_from_files(run) || learning.contains(run.id)) continue;
    if (is_complete(ahead, run)) staying.push_back(&run);
  }
  return staying;
}

/// Compares the data of complete runs with the data found now.
class Comparison {
 public:
  explicit Comparison(DataFound& found) : found_(found) {}

  void add(const PlannedRun& run, const fs::path& folder) {
    ++runs_;
    const auto learned = results::data_of_run(folder);
    if (!learned) ++unknown_;
    if (!learned || !found_.has(dataset_of(run)) || *learned == found_.of(dataset_of(run))) return;
    if (others_++ > 0) return;
    first_ = fmt::format("of {}, {}; found: {}", learn::title_of(dataset_of(run)),
                         results::text_of(*learned), results::text_of(found_.of(dataset_of(run))));
  }
  void require_same(const fs::path& results) const {
    if (others_ == 0) return;
    throw InputError(results.string(),
                     fmt::format("{} of {} complete runs learned from other data than those found "
                                 "now ({}). Run all of them again with --fresh, or choose another "
                                 "results folder with -o",
                                 others_, runs_, first_));
  }
  [[nodiscard]] std::size_t unknown() const { return unknown_; }

 private:
  DataFound& found_;
  std::size_t runs_ = 0;
  std::size_t unknown_ = 0;
  std::size_t others_ = 0;
  std::string first_;  ///< the first difference, as text
};

}  // namespace

void require_data(const sweep::Plan& plan, const std::string& file,
                  const std::optional<fs::path>& data_dir) {
  std::vector<const learn::DatasetConfig*> there;
  for (const PlannedRun& run : plan.runs) {
    const auto known = [&](const auto* other) { return same_files(*other, dataset_of(run)); };
    if (!learns_from_files(run) || std::ranges::any_of(there, known)) continue;
    require_dataset_at(place_of_dataset(plan, run, file), dataset_of(run), data_dir);
    there.push_back(&dataset_of(run));
  }
}

std::size_t check_data(const DataCheck& ahead) {
  DataFound found(ahead.sweep.data);
  for (const PlannedRun& run : ahead.plan.runs) {
    if (!learns_from_files(run) || !will_learn(ahead, run)) continue;
    require_dataset_at(place_of_dataset(ahead.plan, run, ahead.file), dataset_of(run),
                       ahead.sweep.data);
    require_enough_samples(ahead, run, found.of(dataset_of(run)).train_samples);
  }
  Comparison comparison(found);
  for (const PlannedRun* run : staying_runs(ahead)) {
    comparison.add(*run, ahead.results / "runs" / run->id);
  }
  comparison.require_same(ahead.results);
  return comparison.unknown();
}

std::size_t require_recorded_data(const sweep::Plan& plan, const sweep::Plan& recorded,
                                  const std::optional<fs::path>& data_dir) {
  DataFound found(data_dir);
  std::size_t unknown = 0;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    const PlannedRun& run = plan.runs[i];
    if (!learns_from_files(run)) continue;
    const fs::path folder = recorded.runs[i].recorded->trace.parent_path();
    require_dataset_at(folder.string(), dataset_of(run), data_dir);
    const auto learned = results::data_of_run(folder);
    if (!learned) ++unknown;
    if (!learned || *learned == found.of(dataset_of(run))) continue;
    throw InputError(folder.string(),
                     fmt::format("learned from other data than those found now (of {}, {}; found: "
                                 "{}), so it cannot come out the same. Name the folder of its "
                                 "data with --data",
                                 learn::title_of(dataset_of(run)), results::text_of(*learned),
                                 results::text_of(found.of(dataset_of(run)))));
  }
  return unknown;
}

void print_unknown_data_note(std::size_t runs) {
  if (runs == 0) return;
  fmt::print(stderr,
             "note: {} complete run{} not say what data {} learned from (recorded by an older "
             "gradwire): not compared with the data found now\n",
             runs, runs == 1 ? " does" : "s do", runs == 1 ? "it" : "they");
}

}  // namespace gradwire::commands
