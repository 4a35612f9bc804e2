#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"
#include "sim/kernels/write_observer.hpp"

namespace gradwire {

/// What a worker offers to send, a vector u [d]: a scaled gradient, or the difference of two models
/// after local steps. It is computed where it is needed, so that it need not be copied first.
class Update {
 public:
  virtual ~Update() = default;

  [[nodiscard]] virtual std::size_t size() const = 0;  ///< d
  /// Performs the part of the computation that does not depend on the output.
  virtual void prepare() {}
  /// out <- u.   out: [d]
  virtual void write_to(std::span<float> out) = 0;
  /// y <- y + u.   y: [d]. Reports all entries of y to the observer in ascending order, piece by
  /// piece.
  virtual void add_to(std::span<float> y, WriteObserver& observer) = 0;
};

/// u as given: the difference of two models.
class VectorUpdate final : public Update {
 public:
  /// `u` must outlive this object.   u: [d]
  explicit VectorUpdate(std::span<const float> u) : u_(u) {}

  [[nodiscard]] std::size_t size() const override { return u_.size(); }
  void write_to(std::span<float> out) override { std::ranges::copy(u_, out.begin()); }
  void add_to(std::span<float> y, WriteObserver& observer) override {
    add_scaled_observed(1.0F, u_, y, observer);
  }

 private:
  std::span<const float> u_;
};

/// u = alpha g(theta), rounded after the product, and after the sum in add_to().
class GradientUpdate final : public Update {
 public:
  /// `gradient` must outlive this object.
  GradientUpdate(float alpha, Model theta, GradientOracle& gradient)
      : alpha_(alpha), theta_(std::move(theta)), gradient_(&gradient) {}

  [[nodiscard]] std::size_t size() const override { return theta_->size(); }
  void prepare() override { gradient_->prepare(theta_); }
  void write_to(std::span<float> out) override { gradient_->write_scaled(alpha_, theta_, out); }
  void add_to(std::span<float> y, WriteObserver& observer) override {
    gradient_->accumulate(alpha_, theta_, y, observer);
  }

 private:
  float alpha_;
  Model theta_;
  GradientOracle* gradient_;
};

}  // namespace gradwire
