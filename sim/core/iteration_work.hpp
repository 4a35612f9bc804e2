#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire {

/// [M] true where the iteration completed without that worker's upload. Empty: none.
using Dropped = std::vector<bool>;

[[nodiscard]] inline bool is_dropped(const Dropped& dropped, std::size_t worker) {
  return !dropped.empty() && dropped[worker];
}

/// Names of the encodings of a run's messages: the format of the uploads' values, "values=float32",
/// then settings of object "wire" and their values, "index=golomb". The size of a message is that
/// of its values and the sum over these settings, each at the value that the scenario selects.
/// Those whose sizes vary most come last.
using EncodingNames = std::vector<std::string>;

/// Largest number of encodings of a run.
inline constexpr std::size_t most_encodings = 16;

/// Bits of one message under each encoding, in the order of the run's EncodingNames; 0 where the
/// encoding does not apply to the message. Without header.
using EncodedSizes = std::array<Bits, most_encodings>;

/// How a message represents a vector. The numbers are stored in traces.
enum class Representation : std::uint8_t {
  nothing,
  dense,
  sparse,
  quantized,
  signs,
  low_rank,
  coded_sparse
};
inline constexpr Representation last_representation = Representation::coded_sparse;

/// One message, as far as time and bytes depend on it.
struct Transmission {
  Representation representation = Representation::nothing;
  std::int64_t values = 0;  ///< number of values sent: k of a (coded) sparse message, else d
  Bits payload;             ///< size by the convention of the method's paper
  EncodedSizes encoded{};
  friend bool operator==(const Transmission&, const Transmission&) = default;
};

/// Two messages of this size in one.
[[nodiscard]] inline Transmission doubled(Transmission one) {
  one.values *= 2;
  one.payload = {2 * one.payload.value};
  for (Bits& size : one.encoded) size = {2 * size.value};
  return one;
}

/// One worker's part of an exchange.
struct Part {
  double gradients = 1;            ///< minibatch gradients of the update: 0, several or a fraction
  double auxiliary_gradients = 0;  ///< evaluated only for the send rule
  bool takes_part = true;          ///< false: not selected, or absent; receives and sends nothing
  bool skipped = false;            ///< takes part, but sends a flag instead of an upload
  std::int32_t download = 0;       ///< index into Exchange::downloads
  Transmission upload;             ///< empty if it skipped
  friend bool operator==(const Part&, const Part&) = default;
};

/// A message from one node to another, where messages have destinations (gossip).
struct EdgeMessage {
  std::int32_t from = 0;
  std::int32_t to = 0;
  Transmission sent;
  friend bool operator==(const EdgeMessage&, const EdgeMessage&) = default;
};

/// One exchange of all workers. An iteration of most methods is one exchange; it is several if
/// messages depend on what others sent in the same iteration (PowerSGD, TernGrad).
struct Exchange {
  /// The distinct messages to workers, received before they compute: the model, or a message in its
  /// place.
  std::vector<Transmission> downloads;
  std::vector<Part> parts;  ///< [M]
  bool summable = false;    ///< uploads may be added on the way
  /// In the order of sending. Where a server of S > 1 shards receives (D62): [M, S], each from a
  /// worker to itself, the slices of its upload; empty if their sizes follow from their lengths.
  /// Empty where a single server receives.
  std::vector<EdgeMessage> edges;
  friend bool operator==(const Exchange&, const Exchange&) = default;
};

/// One iteration of a synchronous method: all that the network, the clock and the results depend
/// on. Computed by training and stored in the trace.
struct IterationWork {
  std::int64_t parameters = 0;      ///< d
  std::vector<Exchange> exchanges;  ///< at least one
  BatchStatistics train;            ///< of its minibatches, added in the order of the workers
  std::optional<Evaluation> test;   ///< of the model after the iteration, if evaluated
};

}  // namespace gradwire
