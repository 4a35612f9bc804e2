#pragma once

#include "sim/algorithms/memory/memory.hpp"

namespace gradwire::algorithms {

/// p = u + e,  q = C(p),  e <- p - q.   u, e: [d]; e is 0 at the start. Single precision: the sum
/// and the difference are rounded; where C only selects, e + q has the bits of p.
class ErrorFeedback : public Memory {
 public:
  explicit ErrorFeedback(std::size_t d) : error_(d, 0.0F) {}

  Message send(Update& update, Compressor& compressor, const StepContext& step) override;
  Message send_next(int exchange, const Message& reduced, Compressor& compressor,
                    const StepContext& step) override;
  void receive_joined(const Message& joined, const Compressor& compressor) override;
  [[nodiscard]] double left_out() const override;
  /// e <- e + q.
  void rollback(const Message& lost) override;
  void withdraw() override;
  void allow_withdrawal() override { may_withdraw_ = true; }
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Memory> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

  /// e, [d].
  [[nodiscard]] std::span<const float> error() const { return error_; }

 protected:
  /// The place of p, which holds e, before another kind of send().
  [[nodiscard]] std::span<float> begin_send();
  /// Sends C of the p that stands there.
  Message send_held(Compressor& compressor, const StepContext& step);

 private:
  /// Removes what the last exchange sends; keeps p until then.
  Message keep_rest(Message message, int exchange, const Compressor& compressor);

  Vector error_;
  Vector before_;  ///< e before the last send(), if it may be withdrawn
  bool may_withdraw_ = false;
  bool holds_vector_ = false;  ///< error_ is p until receive_joined()
};

extern const MemoryKind error_feedback_kind;

}  // namespace gradwire::algorithms
