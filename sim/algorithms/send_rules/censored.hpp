#pragma once

#include <optional>

#include "sim/algorithms/send_rules/movement.hpp"
#include "sim/algorithms/send_rules/send_rule.hpp"
#include "sim/algorithms/send_rules/threshold_parameters.hpp"
#include "sim/kernels/vector.hpp"

namespace gradwire::algorithms {

/// CSGD's rule: sends the gradient g if it differs from that of the last upload, which is of other
/// samples,
///   ||g - g_sent||^2 > 1/M^2 [ (w/D)(1/gamma^2) sum_j ||theta^{t+1-j} - theta^{t-j}||^2 + sigma_t
///   ]
/// with sigma_t = sigma_0 decay^t. As in its authors' code, the sum is over the D - 1 steps between
/// the newest D models, and 0 until there are so many.
class Censored final : public SendRule {
 public:
  struct Config {
    int workers = 1;              ///< M
    double total_weight = 1;      ///< w M of the server's step: 1 for a mean (Movement)
    int window = 10;              ///< D
    double threshold_scale = 0;   ///< w
    double threshold_offset = 0;  ///< sigma_0
    double threshold_decay = 1;   ///< factor on sigma in each iteration
  };
  explicit Censored(const Config& config);

  /// A worker none of whose uploads has arrived sends.
  bool should_send(const RuleInput& input) override;
  void delivered() override { before_.reset(); }
  void rollback() override;
  void skip_iteration(const Model& theta, StepSize size) override;

  /// Size of the stored gradient and the window.
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  [[nodiscard]] double threshold(std::int64_t t, double gamma) const;

  Config config_;
  Movement movement_;
  Vector sent_;                   ///< gradient of the last upload, [d]; empty: none
  std::optional<Vector> before_;  ///< sent_ before the upload that has not been confirmed
};

/// floor(min(base growth^t, cap)): CSGD's minibatch of iteration t, at least 1.
[[nodiscard]] int growing_batch(int base, double growth, std::int64_t cap, std::int64_t t);

inline constexpr NumberParameter threshold_decay_parameter{
    .key = "threshold_decay",
    .help = "factor on threshold_offset in each iteration",
    .range = {.above = 0, .up_to = 1},
    .default_value = 1};
inline constexpr NumberParameter batch_growth_parameter{
    .key = "batch_growth",
    .help =
        "factor on the minibatch in each iteration; an epoch keeps the number of iterations "
        "that it has with minibatches of batch_size",
    .range = {.at_least = 1, .up_to = 1000},
    .default_value = 1};
inline constexpr WholeParameter batch_cap_parameter{
    .key = "batch_cap",
    .help = "largest minibatch; if it has more samples than a worker, some occur several times",
    .range = {1, 1'000'000, "samples"},
    .default_value = 1000};

extern const SendRuleKind censored_kind;

}  // namespace gradwire::algorithms
