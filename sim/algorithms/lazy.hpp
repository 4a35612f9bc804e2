#pragma once

#include <vector>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/step_size.hpp"
#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// Sends every time.
class Always {
 public:
  [[nodiscard]] int auxiliary_gradients() const { return 0; }
  [[nodiscard]] Model compares_with() const { return nullptr; }
  bool worth_sending(const Model& /*theta*/, StepSize /*step*/, GradientOracle& /*gradient*/) {
    return true;
  }
  void delivered() {}
  void take_back() {}
  void sit_out(const Model& /*theta*/, StepSize /*step*/) {}
  [[nodiscard]] Bytes state_bytes() const { return {0}; }
  template <class Archive>
  void serialize(Archive& /*archive*/) {}
};

/// Sends when the gradient has moved more than the model, or when it has been silent for too long:
/// the rule of LASG-WK2 and SASG, (M4).
class Lazy {
 public:
  struct Config {
    int workers = 1;               ///< M
    int max_delay = 10;            ///< D: silent iterations at most, once the rule is in force
    double threshold_scale = 0.5;  ///< c
    int warm_up = 10;              ///< first iterations in which everybody sends
    int window = 9;                ///< how many of the newest model steps are summed
    int first_delay = 0;           ///< tau when the warm-up ends
    /// The step size in the threshold: the current one, or the one of the first iteration for good.
    bool gamma_is_frozen = false;
  };
  explicit Lazy(const Config& config);

  /// Gradients that the rule will ask for at its next decision, beside the one to send.
  [[nodiscard]] int auxiliary_gradients() const { return must_send() ? 0 : 1; }

  /// The model whose gradient the next decision will ask for; none where it is made already.
  [[nodiscard]] Model compares_with() const { return decided() ? nullptr : theta_sent_; }

  /// Decides on theta^t; to be asked once for each t, in order. Remembers theta^t if the answer is
  /// yes. A worker whose uploads have all been lost sends: it has nothing to compare with.
  bool worth_sending(const Model& theta, StepSize step, GradientOracle& gradient);

  /// What the last decision sent has arrived.
  void delivered() { sent_before_.reset(); }
  /// It has not, and never will: the rule stands as after a silent iteration.
  void take_back();
  /// A silent iteration at theta^t in which nothing was decided.
  void sit_out(const Model& theta, StepSize step);

  /// The remembered model and the window, as if this worker alone held them.
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
  double frozen_gamma_ = 0;    ///< of the first iteration
  Model theta_sent_;           ///< model of the last upload
  std::vector<double> moves_;  ///< ||theta^{t+1-i} - theta^{t-i}||^2, newest first
  Model sent_before_;          ///< theta_sent_ before the upload that is on its way
  int delay_before_ = 0;       ///< likewise, tau
};

/// The rule of a lazy method, NB or as printed (sim/README.md, D4).
[[nodiscard]] Lazy::Config lazy_config(const AlgorithmConfig& config, int workers);

}  // namespace gradwire::algorithms
