#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/config.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/step_context.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/layout.hpp"
#include "sim/core/model.hpp"
#include "sim/core/units.hpp"
#include "sim/core/update.hpp"

namespace gradwire::algorithms {

/// What becomes of the part of an update that a compressor leaves out.
class Memory {
 public:
  virtual ~Memory() = default;

  /// Compresses the update, together with what the memory holds, and updates the memory.
  virtual Message send(Update& update, Compressor& compressor, const StepContext& step) = 0;
  /// The message of a further exchange of the same iteration (Compressor::compress_next).
  virtual Message send_next(int exchange, const Message& reduced, Compressor& compressor,
                            const StepContext& step) = 0;
  /// `lost`, the last message, did not arrive: its content returns to the memory.
  virtual void rollback(const Message& lost) = 0;
  /// The last message is not sent: the memory is what it was before send(). Only after
  /// allow_withdrawal().
  virtual void withdraw() = 0;
  virtual void allow_withdrawal() {}
  /// The server joined the messages of the iteration, this worker's among them, to this one
  /// (Compressor::joined).
  virtual void receive_joined(const Message& /*joined*/, const Compressor& /*compressor*/) {}
  /// Where the worker's local steps begin, [d]; empty: at theta.
  [[nodiscard]] virtual Vector local_start(const Model& /*theta*/) const { return {}; }
  /// Squared norm of what the newest message leaves out of the update and the memory. Optional:
  /// for send rules that depend on it (LAQ).
  [[nodiscard]] virtual double left_out() const;

  /// Size of the state between iterations.
  [[nodiscard]] virtual Bytes state_bytes() const { return {}; }
  [[nodiscard]] virtual std::unique_ptr<Memory> clone() const = 0;
  // For checkpoints.
  virtual void save(SavingArchive& /*archive*/) const {}
  virtual void load(LoadingArchive& /*archive*/) {}
};

/// A memory as a row of its table.
struct MemoryKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  std::span<const Parameter> parameters;
  std::unique_ptr<Memory> (*make)(const AlgorithmConfig& config, const Layout& layout, int workers);
  /// Whether gamma scales what enters the memory; otherwise the server's step.
  bool (*gamma_is_inside)(const AlgorithmConfig& config);
  bool holds_errors = false;  ///< CompressorKind::refuses_error_memory applies
  /// Of a memory whose messages are differences from a vector h that both ends hold: the factor on
  /// a message when it is added to h. The server holds the joined h. Null: messages are no
  /// differences.
  double (*difference_step)(const AlgorithmConfig& config) = nullptr;
  /// The memory applies the worker's momentum itself (momentum_at: worker).
  bool applies_momentum = false;
  /// The worker's own model begins away from the common one (Memory::local_start): expects local
  /// steps, and that an update is the difference from the common model.
  bool moves_start = false;
  /// Why the parameters make no sense together; empty if they do. Null: they always do.
  std::string (*refuses)(const AlgorithmConfig& config) = nullptr;
};

}  // namespace gradwire::algorithms
