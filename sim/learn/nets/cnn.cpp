#include <ATen/ATen.h>
#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/learn/nets/nets.hpp"

namespace gradwire::learn {
namespace {

class Cnn final : public Net {
 public:
  explicit Cnn(const NetTask& task)
      : conv1_(*this, "conv1",
               {.in = task.channels, .out = 32, .kernel = 5, .padding = 2, .bias = true}),
        conv2_(*this, "conv2", {.in = 32, .out = 64, .kernel = 5, .padding = 2, .bias = true}),
        hidden_(*this, "fc1", 64 * (task.rows / 4) * (task.columns / 4), 512),
        linear_(*this, "fc2", 512, task.classes) {}

  [[nodiscard]] at::Tensor forward(const NetPass& pass, at::Tensor images) const override {
    at::Tensor x = at::max_pool2d(conv1_(pass, images).relu_(), 2);
    x = at::max_pool2d(conv2_(pass, x).relu_(), 2);
    return linear_(pass, hidden_(pass, x.flatten(1)).relu_());
  }

 private:
  Convolution conv1_;
  Convolution conv2_;
  Linear hidden_;
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> make_cnn(const NetTask& task) {
  if (task.rows < 4 || task.columns < 4) {
    throw InputError("/base/dataset/name",
                     fmt::format("images of at least 4 x 4 expected by model cnn, got {} x {}",
                                 task.rows, task.columns));
  }
  return std::make_unique<Cnn>(task);
}

}  // namespace gradwire::learn
