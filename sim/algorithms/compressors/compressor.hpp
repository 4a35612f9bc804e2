#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/step_context.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/units.hpp"
#include "sim/core/update.hpp"
#include "sim/kernels/write_observer.hpp"

namespace gradwire::algorithms {

/// A compression that processes a vector while it is being written.
class ObservedCompression {
 public:
  virtual ~ObservedCompression() = default;
  /// To be told of every entry of the vector, in ascending order.
  virtual WriteObserver& observer() = 0;
  /// C of the vector. Precondition: all of it is written.
  virtual Message finish() = 0;
};

/// C: turns a vector into a message. It has no memory of what it left out (memory/), and takes
/// randomness from the step's context alone. Called once per worker and iteration.
class Compressor {
 public:
  virtual ~Compressor() = default;

  /// C(v).   v: [d]
  virtual Message compress(std::span<const float> v, const StepContext& step) = 0;
  /// C(u). Override if u need not be written to a vector first.
  virtual Message compress(Update& update, const StepContext& step);
  /// Optional: a compression that begins before all of v is written; null if there is none. The
  /// result must have the bits of compress().
  virtual std::unique_ptr<ObservedCompression> observe(std::span<const float> v,
                                                       const StepContext& step);

  // Optional: compressors whose message depends on what the other workers sent in the same
  // iteration (PowerSGD, TernGrad). compress() gives the message of exchange 0.

  /// Number of exchanges in an iteration.
  [[nodiscard]] virtual int exchanges() const { return 1; }
  /// What the server sends back after an exchange that is not the last. `messages`: [M], Skip of
  /// the workers that do not send.
  [[nodiscard]] virtual Message reduce(int exchange, std::span<const Message> messages) const;
  /// The message of exchange e >= 1, given reduce() of exchange e - 1.   v: as in compress()
  virtual Message compress_next(int exchange, const Message& reduced, std::span<const float> v,
                                const StepContext& step);

  /// Optional: one message whose value is the mean of the last exchange's messages, which the
  /// server applies in their place, and which the workers receive in place of the next model;
  /// nullopt if there is none. `messages`: [M], Skip of the workers that did not send.
  [[nodiscard]] virtual std::optional<Message> joined(std::span<const Message> messages) const;
  /// All workers' compressors receive joined() of each iteration (PowerSGD's warm start).
  virtual void receive_joined(const Message& /*joined*/) {}
  /// Whether an error memory keeps the vector minus joined(), instead of minus the worker's own
  /// message.
  [[nodiscard]] virtual bool error_is_of_joined() const { return false; }
  /// v <- what that memory keeps of v.
  virtual void subtract_joined(const Message& joined, std::span<float> v) const;

  /// Size of the state between iterations.
  [[nodiscard]] virtual Bytes state_bytes() const { return {}; }
  [[nodiscard]] virtual std::unique_ptr<Compressor> clone() const = 0;
  // For checkpoints: the state between iterations, if there is any.
  virtual void save(SavingArchive& /*archive*/) const {}
  virtual void load(LoadingArchive& /*archive*/) {}
};

/// What both ends know of a worker's uploads before the first one.
struct MessageShape {
  Representation representation = Representation::dense;
  /// Sparse, coded sparse: among which entries how many are sent. Quantised, signs: the buckets.
  /// Contiguous from 0.
  std::vector<Block> blocks;
  bool support_is_drawn = false;  ///< (coded) sparse: both ends can draw the positions
  int most_level = 1;             ///< quantised: s
  bool odd_levels = false;        ///< quantised: levels are odd numbers
  /// Low rank: the factored tensors, and which parts the receiver holds.
  std::vector<FactoredTensor> tensors = {};
  HeldParts held = {};
  bool ranks_vary = false;    ///< low rank: `tensors` have their largest ranks
  bool has_scales = false;    ///< low rank
  int floats_per_bucket = 1;  ///< quantised: 0 or 1; signs: 0, 1 or 2
  /// Coded sparse: that of the kept entries, quantised or signs; each block is a bucket.
  Representation of_kept = Representation::quantized;
  ValueFormat values = ValueFormat::float32;  ///< dense, sparse: format of the values
};

/// Simulated seconds of compressing and handling an upload, on a host of reference speed: measured
/// with gradwire's own kernels by `./dev bench`. Has no default, so that a compressor states it.
struct CodingCost {
  constexpr CodingCost(double worker_per_entry, double worker_per_value, double server_per_value)
      : per_entry{worker_per_entry}, per_value{worker_per_value}, at_server{server_per_value} {}
  Seconds per_entry;  ///< worker: per entry of the model
  Seconds per_value;  ///< worker: per value sent
  Seconds at_server;  ///< server: per value sent
};

/// A parameter that has an effect only where another one has a certain value.
struct Condition {
  Parameter parameter;
  const ChoiceParameter* on;
  std::string_view value;
};

/// A compressor as a row of its table: what an experiment file calls it, and what it needs.
struct CompressorKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;  ///< paper and equation
  std::span<const Parameter> parameters;
  CodingCost cost;
  MessageShape (*shape)(const AlgorithmConfig& config, const Layout& layout);
  std::unique_ptr<Compressor> (*make)(const AlgorithmConfig& config, const Layout& layout);
  /// Why an error memory makes no sense beside it; empty if it does.
  std::string (*refuses_error_memory)(const AlgorithmConfig& config);
  /// The message is the vector itself, so that a dense update may be deferred (D37).
  bool is_identity = false;
  /// Messages depend on those of all other workers in the iteration: no send rule may skip.
  bool needs_every_worker = false;
  /// The iteration from which on the sizes of messages repeat every two iterations; null: 0.
  std::int64_t (*settles)(const AlgorithmConfig& config) = nullptr;
  /// Of its parameters; the others always have an effect.
  std::span<const Condition> conditions = {};
};

/// For CompressorKind::refuses_error_memory.
[[nodiscard]] inline std::string accepts_error_memory(const AlgorithmConfig& /*config*/) {
  return "";
}

}  // namespace gradwire::algorithms
