#pragma once

#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// Sends in every iteration.
class Always {
 public:
  [[nodiscard]] int auxiliary_gradients() const { return 0; }
  [[nodiscard]] Model reference_model() const { return nullptr; }
  bool should_send(const Model& /*theta*/, StepSize /*step*/, GradientOracle& /*gradient*/) {
    return true;
  }
  void delivered() {}
  void rollback() {}
  void skip_iteration(const Model& /*theta*/, StepSize /*step*/) {}
  [[nodiscard]] Bytes state_bytes() const { return {0}; }
  template <class Archive>
  void serialize(Archive& /*archive*/) {}
};

/// Sends if the gradient has changed by more than a threshold in the movement of the model, or
/// after too many iterations without sending: the rule of LASG-WK2 and SASG, (M4).
class Lazy {
 public:
  struct Config {
    int workers = 1;               ///< M
    int max_delay = 10;            ///< D: most consecutive skips, after the warm-up
    double threshold_scale = 0.5;  ///< c
    int warm_up = 10;              ///< number of first iterations in which every worker sends
    int window = 9;                ///< number of newest model steps in the sum
    int first_delay = 0;           ///< tau at the end of the warm-up
    /// The step size in the threshold: that of the first iteration throughout, instead of the
    /// current one.
    bool gamma_is_frozen = false;
  };
  explicit Lazy(const Config& config);

  /// Number of gradients that the next decision requires besides the one to send.
  [[nodiscard]] int auxiliary_gradients() const { return must_send() ? 0 : 1; }

  /// The model at which the next decision will evaluate the gradient; null if the decision does not
  /// depend on gradients.
  [[nodiscard]] Model reference_model() const { return decided() ? nullptr : theta_sent_; }

  /// Decides whether to send at theta^t; call once for each t, in order. Stores theta^t if the
  /// result is true. A worker none of whose uploads has arrived sends, because it has no reference
  /// model.
  bool should_send(const Model& theta, StepSize step, GradientOracle& gradient);

  /// The last upload has arrived.
  void delivered() { sent_before_.reset(); }
  /// The last upload will never arrive: the state becomes that after an iteration without sending.
  void rollback();
  /// Advances by one iteration at theta^t without sending and without a decision.
  void skip_iteration(const Model& theta, StepSize step);

  /// Size of the stored model and the window, counted as if no other worker shared the model.
  [[nodiscard]] Bytes state_bytes() const;

  /// For checkpoints (core/archive.hpp).
  template <class Archive>
  void serialize(Archive& archive) {
    archive(decisions_, delay_, frozen_gamma_, theta_sent_, moves_);
  }

 private:
  [[nodiscard]] bool warming_up() const { return decisions_ < config_.warm_up; }
  [[nodiscard]] bool must_send() const { return warming_up() || !theta_sent_; }
  [[nodiscard]] bool decided() const { return must_send() || delay_ > config_.max_delay; }
  bool differs_enough(const Model& theta, double gamma, GradientOracle& gradient) const;
  void observe(const Model& theta, double gamma);

  Config config_;
  int decisions_ = 0;
  int delay_;                  ///< tau
  double frozen_gamma_ = 0;    ///< gamma of the first iteration
  Model theta_sent_;           ///< theta at the last upload
  std::vector<double> moves_;  ///< ||theta^{t+1-i} - theta^{t-i}||^2, newest first
  Model sent_before_;          ///< theta_sent_ before the upload that has not been confirmed
  int delay_before_ = 0;       ///< tau before the last decision
};

/// The rule of a lazy method: of the authors' notebook or as printed in the paper (D4).
[[nodiscard]] Lazy::Config lazy_config(const AlgorithmConfig& config, int workers);

}  // namespace gradwire::algorithms
