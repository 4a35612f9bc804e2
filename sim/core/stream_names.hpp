#pragma once

#include <string_view>

/// Names of the random streams (core/random.hpp). A name is part of every result that depends on
/// its draws: changing one changes those results.
namespace gradwire::stream_names {

// Data and their partition, per seed.
inline constexpr std::string_view synthetic_centres = "synthetic-centres";
inline constexpr std::string_view synthetic_train = "synthetic-train";
inline constexpr std::string_view synthetic_test = "synthetic-test";
inline constexpr std::string_view test_split = "test-split";
inline constexpr std::string_view partition = "partition";  ///< order of the samples
inline constexpr std::string_view dirichlet = "dirichlet";  ///< per worker: shares of the labels
inline constexpr std::string_view shard_sizes = "shard-sizes";
inline constexpr std::string_view deal = "deal";  ///< which worker receives which samples

// Learning.
inline constexpr std::string_view weights = "weights";              ///< per tensor
inline constexpr std::string_view batch = "batch";                  ///< per worker and epoch
inline constexpr std::string_view augment = "augment";              ///< per worker and iteration
inline constexpr std::string_view dropout = "dropout";              ///< per worker and iteration
inline constexpr std::string_view compression = "compression";      ///< per worker and iteration
inline constexpr std::string_view participation = "participation";  ///< per iteration
/// Per iteration: what all workers draw alike.
inline constexpr std::string_view shared_compression = "shared compression";

inline constexpr std::string_view power_iteration = "power iteration";  ///< with seed 1

// Decentralised methods.
inline constexpr std::string_view topology = "topology";  ///< edges of random graphs
/// Per iteration: edges of graphs that are drawn anew.
inline constexpr std::string_view topology_of_iteration = "topology of an iteration";

// Simulated time.
inline constexpr std::string_view worker_speed = "worker speed";      ///< per worker
inline constexpr std::string_view compute_jitter = "compute jitter";  ///< per worker and iteration
inline constexpr std::string_view straggler = "straggler";            ///< per worker and iteration

// Without influence on results.
inline constexpr std::string_view tcp_payload = "tcp payload";
inline constexpr std::string_view bootstrap = "bootstrap";  ///< per number of pairs

}  // namespace gradwire::stream_names
