#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/record.hpp"
#include "sim/experiment/metrics.hpp"
#include "sim/learn/data_identity.hpp"
#include "sim/network/energy.hpp"

namespace gradwire::experiment {

/// Host seconds; the only numbers of a run that differ from one time to the next.
struct WallSeconds {
  double total = 0.0;
  double gradient = 0.0;  ///< in gradients, summed over threads
  double rule = 0.0;      ///< in selection, send rules and the server's step, summed over threads
  double evaluate = 0.0;
  double simulate = 0.0;  ///< the rest: SimGrid, actors, records
};

/// What makes the times of a run measured ones.
struct Measured {
  std::int64_t planned_iterations = 0;  ///< that the recorded run has; fewer may have been played
  bool computes = true;                 ///< whether computation took its time
  Seconds round_trip;                   ///< of a ping, the median over the workers
};

/// summary.json of the results contract.
struct Summary {
  std::string status = "finished";  ///< finished | baseline | diverged | partial: measured, and
                                    ///< ended before the recorded run did, as asked
  std::int64_t iterations = 0;
  Communication communication{};
  Seconds simulated;
  BusySeconds busy{};
  Bytes server_state;
  Bytes worker_state;  ///< of all workers together
  std::optional<network::Energy> energy;
  std::optional<Measured> measured;  ///< between real hosts; nothing: simulated
  /// Where the server goes on without workers: how often it did, counting workers.
  std::optional<std::int64_t> missed;
  std::int64_t parameters = 0;
  std::optional<MetricRow> final;     ///< the last evaluation
  std::optional<MetricRow> baseline;  ///< the first evaluation that reached it
  std::string reduction;              ///< sum | mean
  std::string blas;                   ///< which BLAS, on which kernel: other kernels, other bits
  int threads = 1;
  /// What was learned from, also of a replay; nothing: not known.
  std::optional<learn::DataIdentity> data;
  WallSeconds wall{};
  /// What a reader of the numbers must know: complete sentences, without the run's name.
  std::vector<std::string> notes;
};

[[nodiscard]] nlohmann::ordered_json to_json(const Summary& summary);
/// "data" of a summary.json, if it has that.
[[nodiscard]] std::optional<learn::DataIdentity> data_of(const nlohmann::ordered_json& summary);
/// The same of the run in this folder; nothing also where there is no readable summary.
[[nodiscard]] std::optional<learn::DataIdentity> data_of_run(const std::filesystem::path& folder);
/// "60000 + 10000 samples, digest 0123...": for people.
[[nodiscard]] std::string text_of(const learn::DataIdentity& data);

/// "final" and "baseline" with every member null: what stands for them in a table when there are
/// none.
[[nodiscard]] const nlohmann::ordered_json& empty_parts();

}  // namespace gradwire::experiment
