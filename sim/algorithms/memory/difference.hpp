#pragma once

#include "sim/algorithms/memory/memory.hpp"
#include "sim/algorithms/parameter.hpp"

namespace gradwire::algorithms {

/// Messages are compressed differences from a vector h that both ends hold:
///   q = C(u - h),  h <- h + alpha q.   u, h: [d]; h is 0 at the start.
/// With alpha = 1 this is EF21 and LAQ (h is their g_m and q_m), with alpha < 1 DIANA. Single
/// precision: u - h and the sum are rounded.
class Difference final : public Memory {
 public:
  struct Config {
    std::size_t d = 0;
    float step = 1;               ///< alpha, in (0, 1]
    bool first_is_dense = false;  ///< the first message is u; expects alpha = 1
  };
  explicit Difference(const Config& config) : config_(config), held_(config.d, 0.0F) {}

  Message send(Update& update, Compressor& compressor, const StepContext& step) override;
  Message send_next(int exchange, const Message& reduced, Compressor& compressor,
                    const StepContext& step) override;
  /// The bits of h before the message: the server's h lacks it too.
  void rollback(const Message& lost) override;
  void withdraw() override;
  void allow_withdrawal() override { reads_left_out_ = true; }
  /// ||u - h - q||^2 with h before the message. Only after allow_withdrawal().
  [[nodiscard]] double left_out() const override;
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<Memory> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

  /// h, [d].
  [[nodiscard]] std::span<const float> held() const { return held_; }

 private:
  Message send_whole(Update& update);
  /// Adds what the last exchange sends to h.
  Message advance(Message message, int exchange, const Compressor& compressor);
  void restore();

  Config config_;
  Vector held_;            ///< h
  Vector other_;           ///< u - h until the last exchange, then h before the message
  double left_out_ = 0;    ///< of the newest message
  bool has_sent_ = false;  ///< a first message was sent
  bool had_sent_ = false;  ///< has_sent_ before the newest message
  bool reads_left_out_ = false;
};

/// Form of a worker's first message.
enum class FirstMessage { compressed, dense };

inline constexpr Choice first_message_choices[] = {
    {"compressed", "as all others: C of the first gradient"},
    {"dense", "the first gradient itself, 32 bits per entry"}};
static_assert(has_row_for_each(first_message_choices, FirstMessage::dense));
inline constexpr ChoiceParameter first_message_parameter{.key = "first_message",
                                                         .help = "what a worker's first message is",
                                                         .choices = first_message_choices,
                                                         .default_value = "compressed"};
inline constexpr NumberParameter difference_step_parameter{
    .key = "difference_step",
    .help = "alpha; what both ends hold becomes h + alpha times the message",
    .range = {.above = 0, .up_to = 1},
    .default_value = 1};

extern const MemoryKind difference_kind;

}  // namespace gradwire::algorithms
