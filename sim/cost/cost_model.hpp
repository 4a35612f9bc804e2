#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/core/iteration_record.hpp"
#include "sim/core/iteration_work.hpp"
#include "sim/core/stretch.hpp"
#include "sim/core/units.hpp"
#include "sim/cost/config.hpp"
#include "sim/cost/gossip_load.hpp"

namespace gradwire::cost {

/// Load of one worker in an iteration, on its host and its link.
struct WorkerLoad {
  bool takes_part = true;  ///< false: receives nothing; all else is 0
  Flops compute;
  Flops auxiliary;  ///< part of `compute`, directly before `coding`
  Bytes upload;     ///< without a server: 0 if uploads are added on the way
  Flops coding{};   ///< part of `compute`, at its end: selecting and encoding the upload
  std::optional<Bytes> download = {};  ///< where it is not IterationLoad::model
  /// Without a server: part of `compute`, at its end, in which the entries of the upload become
  /// ready one after the other.
  Flops backward{};
  /// [S] the messages that `upload` consists of, one to each shard of the server; empty: one
  /// server.
  std::vector<Bytes> slices = {};
  friend bool operator==(const WorkerLoad&, const WorkerLoad&) = default;
};

/// The time that `part` of the load takes in the simulated computation.
[[nodiscard]] inline Seconds part_of_computing(const WorkerLoad& load, const Interval& compute,
                                               Flops part) {
  const double share = load.compute.value > 0 ? part.value / load.compute.value : 0.0;
  return share * (compute.end - compute.begin);
}

/// Uploads that are added on the way.
struct SummedUploads {
  std::int64_t entries = 0;  ///< of each upload, and of their sum
  Bits size;                 ///< of all entries, without header
  Flops per_added_entry;
  friend bool operator==(const SummedUploads&, const SummedUploads&) = default;
};

/// Share of a gradient's time that its backward pass takes: it computes two products per layer, one
/// with the weights and one with the inputs, the forward pass one.
inline constexpr double backward_share = 2.0 / 3.0;

/// Load of one shard of a server (D62).
struct ShardLoad {
  Bytes model;  ///< to each worker: its stretch of the model
  Flops work;   ///< to handle its slices of the uploads, after the last has arrived
  friend bool operator==(const ShardLoad&, const ShardLoad&) = default;
};

/// Load of an exchange: together with the platform it determines all timings.
struct IterationLoad {
  Bytes model;                      ///< to the workers: the model, or a message in its place
  std::vector<WorkerLoad> workers;  ///< [M]
  Flops server;  ///< to handle the uploads, after the last has arrived; without a server: of each
                 ///< worker, after the collective; 0 with shards
  std::vector<ShardLoad> shards = {};  ///< [S]; empty: one server, which is no shard
  // Without a server:
  std::optional<SummedUploads> summed = {};  ///< absent: uploads are gathered
  Bytes header = {};                         ///< part of the size of every message
  friend bool operator==(const IterationLoad&, const IterationLoad&) = default;
};

[[nodiscard]] inline Bytes download_of(const IterationLoad& load, std::size_t worker) {
  return load.workers[worker].download.value_or(load.model);
}

/// Whether workers receive different messages: some lack the model on which the others' builds.
[[nodiscard]] inline bool downloads_differ(const IterationLoad& load) {
  return std::ranges::any_of(load.workers,
                             [](const WorkerLoad& worker) { return worker.download.has_value(); });
}

[[nodiscard]] inline bool all_take_part(const IterationLoad& load) {
  return std::ranges::all_of(load.workers, &WorkerLoad::takes_part);
}

/// Converts work to load: sizes of messages and flops of gradients. Random factors are drawn from
/// streams named by seed, worker and iteration.
class CostModel {
 public:
  struct Config {
    ComputeConfig compute;  ///< costs of coding that are not set are 0
    algorithms::WireConfig wire;
    EncodingNames encodings;  ///< of the work
    Bytes skip_flag;
    bool skips_are_coded = false;  ///< a worker compresses before it decides to skip (LAQ)
    std::uint64_t seed = 1;
    bool codes_dense = false;  ///< dense uploads are compressed: their coding is charged
    /// false: every worker handles all uploads, added on the way where they may be. Of exchanges
    /// along edges: true.
    bool has_server = true;
    /// Uploads are dense vectors of floats. Then a worker that skips still adds its stored upload.
    bool sends_dense = false;
    int server_shards = 1;  ///< S
  };
  /// Throws InputError if the work's sizes are not known under an encoding that `wire` selects.
  explicit CostModel(Config config);

  /// Load of an exchange of iteration t, counted from 1, in a model of `parameters` entries.
  [[nodiscard]] IterationLoad operator()(const Exchange& exchange, std::int64_t parameters,
                                         std::int64_t t) const;
  /// The same for an exchange along edges.
  [[nodiscard]] GossipLoad gossip_load(const Exchange& exchange, std::int64_t parameters,
                                       std::int64_t t) const;

  // Of an asynchronous method, whose messages come one by one:
  /// Size on the wire, header included.
  [[nodiscard]] Bytes size(const Transmission& message) const;
  /// Of a message without contents: a request.
  [[nodiscard]] Bytes header() const { return {config_.wire.header_bytes}; }
  /// A client's computation in its turn with this number, from 1: so many gradients in local steps,
  /// in a model of `parameters` entries.
  [[nodiscard]] Flops computing(int client, std::int64_t turn, double gradients,
                                std::int64_t parameters) const;
  /// Selecting and encoding the turn's push.
  [[nodiscard]] Flops encoding(int client, std::int64_t turn, const Transmission& push,
                               std::int64_t parameters) const;
  /// The server's work on a push; of a shard on its slice: `share` is that of its stretch in the
  /// model.
  [[nodiscard]] Flops applying(const Transmission& push, double share = 1) const;

  /// The slice of a message that a stretch of the model receives, where its size follows from its
  /// length: of dense messages. Throws InputError for others, whose slices were not recorded.
  [[nodiscard]] Transmission slice_of(const Transmission& message, const Stretch& stretch,
                                      std::int64_t parameters) const;

 private:
  /// Size of the message that the first worker that takes part receives; 0 if none does.
  [[nodiscard]] Bytes download(const Exchange& exchange) const;
  /// Factor on a worker's computation: spread, jitter and stragglers.
  [[nodiscard]] double factor(std::uint64_t worker, std::uint64_t t) const;
  /// Time of selecting an upload from a model of d entries, and of encoding it, at the reference
  /// speed.
  [[nodiscard]] Seconds coding(const Part& part, std::int64_t d) const;
  /// Time of the arithmetic of local steps besides their gradients.
  [[nodiscard]] Seconds local_steps(const Part& part, std::int64_t d) const;
  /// Whether an upload is charged as one that was compressed.
  [[nodiscard]] bool is_coded(const Transmission& upload) const;
  /// The receiver's time to decode and add a message, at the reference speed.
  [[nodiscard]] Seconds adding(const Transmission& message) const;
  /// The server's time to handle an upload, at the reference speed.
  [[nodiscard]] Seconds handling(const Part& part) const;
  /// The same load where shards of the server hold stretches of the model.
  [[nodiscard]] IterationLoad with_shards(IterationLoad load, const Exchange& exchange,
                                          std::int64_t parameters) const;
  /// The load of the same exchange where workers exchange uploads among themselves.
  [[nodiscard]] IterationLoad without_server(IterationLoad load, const Exchange& exchange,
                                             std::int64_t parameters) const;
  /// The uploads, if they are added on the way.
  [[nodiscard]] std::optional<SummedUploads> summed(const Exchange& exchange,
                                                    std::int64_t parameters) const;
  /// Each worker's time after a collective, at the reference speed.
  [[nodiscard]] Seconds after_collective(const Exchange& exchange, bool is_summed) const;
  [[nodiscard]] Bits bits(const Transmission& message) const;

  Config config_;
  std::vector<std::size_t> selected_;  ///< positions of the selected encodings
};

}  // namespace gradwire::cost
