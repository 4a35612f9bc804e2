#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/core/choice_names.hpp"
#include "sim/core/iteration_record.hpp"
#include "sim/learn/data/data_identity.hpp"
#include "sim/network/energy.hpp"
#include "sim/results/metrics.hpp"
#include "sim/scenario/gossip_graph.hpp"

namespace gradwire::results {

/// Host time in seconds: the only numbers that differ between repetitions of a run.
struct WallSeconds {
  double total = 0.0;
  double gradient = 0.0;  ///< in gradients, summed over threads
  double rule = 0.0;      ///< in selection, send rules and the server's step, summed over threads
  double evaluate = 0.0;
  double simulate = 0.0;  ///< the rest: SimGrid, actors, records
};

/// Properties of a run whose times are measured.
struct Measured {
  std::int64_t planned_iterations = 0;  ///< of the recorded run; fewer may be played
  bool computes = true;                 ///< whether computation took time
  Seconds round_trip;                   ///< of a ping, median over the workers
};

/// The parts of all uploads that an encoding describes.
struct EncodedTotal {
  std::string encoding;  ///< a setting of object "wire" and its value: "index=golomb"
  Bits bits;
};

/// How a run ended.
enum class RunStatus { finished, baseline, diverged, partial };

/// In the order of RunStatus.
inline constexpr Choice run_status_choices[] = {{"finished", "after all its iterations"},
                                                {"baseline", "at the baseline"},
                                                {"diverged", "with a model that is not finite"},
                                                {"partial", "measured, and ended early"}};
static_assert(has_row_for_each(run_status_choices, RunStatus::partial));

/// summary.json of the results contract.
struct Summary {
  RunStatus status = RunStatus::finished;
  std::int64_t iterations = 0;
  Communication communication{};
  Seconds simulated;
  BusySeconds busy{};
  Bytes server_state;
  Bytes worker_state;  ///< sum over all workers
  std::optional<network::Energy> energy;
  std::optional<Measured> measured;  ///< set if measured between real hosts; else simulated
  /// Dropped uploads, summed over iterations; set only if on_failure is go_on.
  std::optional<std::int64_t> dropped;
  std::int64_t parameters = 0;
  std::optional<MetricRow> final;     ///< the last evaluation
  std::optional<MetricRow> baseline;  ///< the first evaluation that reached it
  algorithms::Reduction reduction{};
  std::string blas;  ///< BLAS and its kernels: other kernels give other bits
  int threads = 1;
  std::string simgrid;   ///< version of SimGrid; empty if the times were measured
  std::string libtorch;  ///< version of LibTorch; empty in a replay, whose trace lacks it
  std::string onednn;    ///< version of oneDNN, or "none"; likewise
  /// The data trained on, also of a replay; nullopt: unknown.
  std::optional<learn::DataIdentity> data;
  std::optional<scenario::GraphProperties> graph;  ///< of a decentralised method
  std::optional<double> smoothness;  ///< L, if the step size depends on it; nullopt: unknown
  /// All uploads under each encoding, in the order of the run's EncodingNames.
  std::vector<EncodedTotal> encoded;
  std::optional<std::string> model_digest;  ///< XXH3-128 of the final model; nullopt: unknown
  WallSeconds wall{};
  /// Remarks that the numbers need: complete sentences, without the run's name.
  std::vector<std::string> notes;
};

/// Note on runs whose model is external.
inline constexpr const char* external_model_note =
    "The gradients come from the program named by model.command; whether the run can be repeated "
    "byte for byte depends on that program.";

[[nodiscard]] nlohmann::ordered_json to_json(const Summary& summary);
/// XXH3-128 of the final model's digest, the simulated end and the counts of what was sent, in 32
/// hex digits: two runs that agree in it agree. nullopt if the model's digest is unknown.
[[nodiscard]] std::optional<std::string> digest_of(const Summary& summary);
/// "data" of a summary.json, if present.
[[nodiscard]] std::optional<learn::DataIdentity> data_of(const nlohmann::ordered_json& summary);
/// The same for the run in this folder; nullopt also if there is no readable summary.
[[nodiscard]] std::optional<learn::DataIdentity> data_of_run(const std::filesystem::path& folder);
/// "60000 + 10000 samples, digest 0123...", for display.
[[nodiscard]] std::string text_of(const learn::DataIdentity& data);

/// "final" and "baseline" with all members null: their place in a table if they are absent.
[[nodiscard]] const nlohmann::ordered_json& empty_parts();

}  // namespace gradwire::results
