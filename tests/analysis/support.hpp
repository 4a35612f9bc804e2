#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "analysis/results/json.hpp"
#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// Fixture with a temporary folder that is deleted after the test.
class WithFolder : public testing::Test {
 protected:
  WithFolder() {
    static int count = 0;
    folder_ = std::filesystem::temp_directory_path() /
              ("gradwire-analysis-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(folder_);
  }
  ~WithFolder() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::filesystem::path& name, const std::string& text) const {
    const auto file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

  std::filesystem::path folder_;
};

/// A run of `algorithm` with a baseline that it reached after `rounds`; 0 for never.
inline Run sample_run(const std::string& algorithm, int seed, double rounds,
                      const Json& more_settings = Json::object()) {
  Run run;
  run.id = algorithm + "-" + std::to_string(seed);
  run.scenario = {{"workers", 10},
                  {"seed", seed},
                  {"dataset", {{"name", "fashion-mnist"}}},
                  {"baseline", {{"metric", "test_accuracy"}, {"above", 0.8}}},
                  {"algorithm", {{"name", algorithm}}}};
  run.scenario.merge_patch(more_settings);
  run.settings = flattened(run.scenario);
  Json summary = {{"status", "finished"},
                  {"iterations", 100},
                  {"rounds", 1000},
                  {"simulated_seconds", 50.0},
                  {"final", {{"test_accuracy", 0.85}}},
                  {"baseline", nullptr}};
  if (rounds > 0) {
    summary["baseline"] = {{"rounds", rounds},
                           {"uplink_payload_bits", rounds * 32},
                           {"simulated_seconds", rounds / 20},
                           {"test_accuracy", 0.81}};
  }
  run.summary = flattened(summary);
  return run;
}

/// Fixture whose runs have a metrics.csv with one row.
class WithMetrics : public WithFolder {
 protected:
  /// A run under an uplink at which an iteration takes `seconds`; its other values do not depend on
  /// the uplink.
  analysis::Run run(const char* algorithm, const char* uplink, double seconds,
                    const std::string& accuracy = "0.5") const {
    analysis::Run result =
        sample_run(algorithm, 1, 20 * seconds, Json{{"platform", {{"uplink", uplink}}}});
    const std::string name = std::string(algorithm) + uplink;
    write(name + "/metrics.csv",
          "iteration,simulated_seconds,rounds,uplink_payload_bits,train_loss,test_accuracy,"
          "uplink_seconds\n10," +
              std::to_string(10 * seconds) + ",100,3200,1.5," + accuracy + "," +
              std::to_string(5 * seconds) + "\n");
    result.folder = folder_ / name;
    return result;
  }
};

inline Results results_of(std::vector<Run> runs) { return {.runs = std::move(runs)}; }

/// The slugs of figures or tables.
template <class List>
std::vector<std::string> slugs_of(const List& list) {
  std::vector<std::string> slugs;
  for (const auto& item : list) slugs.push_back(item.slug);
  return slugs;
}

}  // namespace gradwire::analysis
