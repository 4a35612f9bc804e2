#pragma once

#include "sim/algorithms/memory/memory.hpp"
#include "sim/algorithms/parameter.hpp"

namespace gradwire::algorithms {

/// Momentum before the compression, so that entries that are sent late keep theirs (DGC):
///   u <- mu u + g,  v <- v + u                (Nesterov: u <- mu (u + g),  v <- v + u + g)
///   q = C(v),  v <- v - q,  u <- 0 where q has entries (masking)
/// g, u, v: [d]; u and v are 0 at the start. g is scaled to a norm of at most `clip` before.
class MomentumCorrection final : public Memory {
 public:
  struct Config {
    std::size_t d = 0;
    float momentum = 0;  ///< mu
    bool nesterov = false;
    bool masks = true;
    double clip = 0;  ///< largest norm of g; 0: any
  };
  explicit MomentumCorrection(const Config& config)
      : config_(config), velocity_(config.d, 0.0F), accumulated_(config.d, 0.0F) {}

  Message send(Update& update, Compressor& compressor, const StepContext& step) override;
  Message send_next(int exchange, const Message& reduced, Compressor& compressor,
                    const StepContext& step) override;
  [[nodiscard]] double left_out() const override;
  /// v <- v + q, and u as before the masking.
  void rollback(const Message& lost) override;
  void withdraw() override;
  void allow_withdrawal() override { may_withdraw_ = true; }
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Memory> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

  [[nodiscard]] std::span<const float> velocity() const { return velocity_; }        ///< u, [d]
  [[nodiscard]] std::span<const float> accumulated() const { return accumulated_; }  ///< v, [d]

 private:
  /// g, clipped.
  void read_gradient(Update& update);
  void accumulate();
  /// Removes what the last exchange sends.
  Message keep_rest(Message message, int exchange, const Compressor& compressor);
  void mask(const Message& message);

  Config config_;
  Vector velocity_;            ///< u
  Vector accumulated_;         ///< v
  Vector gradient_;            ///< g of the open iteration
  Vector masked_;              ///< what mask() set to 0: of a sparse message its entries, else u
  Vector velocity_before_;     ///< u and v before the last send(), if it may be withdrawn
  Vector accumulated_before_;  ///< (see above)
  bool may_withdraw_ = false;
};

inline constexpr FlagParameter masking_parameter{
    .key = "masking",
    .help = "sets the momentum of the entries that are sent to 0",
    .default_value = true};
inline constexpr NumberParameter clip_norm_parameter{
    .key = "clip_norm",
    .help = "c; a worker's gradient is scaled to a norm of at most c / sqrt(M); 0: of any norm",
    .range = {.at_least = 0, .up_to = 1e12},
    .default_value = 0};

extern const MemoryKind momentum_correction_kind;

}  // namespace gradwire::algorithms
