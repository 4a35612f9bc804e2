#pragma once

#include <memory>

#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/send_rules/send_rule.hpp"
#include "sim/algorithms/send_rules/threshold_parameters.hpp"
#include "sim/algorithms/send_rules/window.hpp"

namespace gradwire::algorithms {

/// Sends if the compressed change since the last upload is large beside the movement of the model
/// and the compression's errors (LAQ, arXiv 1909.07588):
///   ||q||^2 >= 1/(gamma^2 M^2) sum_{j=1..n} c/n ||theta^{t+1-j} - theta^{t-j}||^2
///              + c_e (||e||^2 + ||e_last||^2) + c_0
/// or after D iterations without sending. q: the message, C(g - h) with memory `difference`; e:
/// what it leaves out; e_last: what the last upload left out; n = min(t, w), as in the authors'
/// code. M is that of a sum of contributions; where the server takes their mean it is 1, since
/// gamma / M takes the place of gamma.
class Laq final : public SendRule {
 public:
  struct Config {
    int workers = 1;               ///< M, or 1 (see above)
    int max_delay = 100;           ///< D, most consecutive iterations without sending
    int window = 10;               ///< w
    double threshold_scale = 0.8;  ///< c
    double threshold_error = 3;    ///< c_e
    double threshold_offset = 0;   ///< c_0
  };
  explicit Laq(const Config& config) : config_(config), moves_(config.window) {}

  bool should_send(const RuleInput& input) override;
  [[nodiscard]] bool reads_proposals() const override { return true; }
  void rollback() override;
  void skip_iteration(const Model& theta, StepSize size) override;

  /// Size of the window and of ||e_last||^2.
  [[nodiscard]] Bytes state_bytes() const override;
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override;
  void save(SavingArchive& archive) const override;
  void load(LoadingArchive& archive) override;

 private:
  void observe(const Model& theta);
  /// The first term of the threshold.
  [[nodiscard]] double movement(std::int64_t t, double gamma) const;

  Config config_;
  int delay_ = 0;            ///< iterations since the last upload
  int delay_before_ = 0;     ///< delay_ before the last decision
  double error_ = 0;         ///< ||e_last||^2
  double error_before_ = 0;  ///< error_ before the last decision
  MovementWindow moves_;
};

inline constexpr NumberParameter threshold_error_parameter{
    .key = "threshold_error",
    .help =
        "laq: adds this times the squared norms of what the message and the last upload leave out "
        "to the threshold",
    .range = {.at_least = 0, .up_to = 1e12},
    .default_value = 3};

extern const SendRuleKind laq_kind;

}  // namespace gradwire::algorithms
