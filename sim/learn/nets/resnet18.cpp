#include <ATen/ATen.h>

#include <optional>
#include <string>

#include "sim/learn/nets/nets.hpp"

namespace gradwire::learn {
namespace {

/// Two 3 x 3 convolutions with a shortcut, which is a 1 x 1 convolution where the shape changes.
class BasicBlock {
 public:
  BasicBlock(Net& net, const std::string& name, std::int64_t in, std::int64_t out,
             std::int64_t stride)
      : conv1_(net, name + ".conv1", {.in = in, .out = out, .stride = stride}),
        norm1_(net, name + ".bn1", out),
        conv2_(net, name + ".conv2", {.in = out, .out = out}),
        norm2_(net, name + ".bn2", out) {
    if (stride == 1 && in == out) return;
    shortcut_.emplace(
        net, name + ".shortcut.0",
        ConvolutionShape{.in = in, .out = out, .kernel = 1, .stride = stride, .padding = 0});
    shortcut_norm_.emplace(net, name + ".shortcut.1", out);
  }

  at::Tensor operator()(const NetPass& pass, const at::Tensor& x) const {
    at::Tensor y = norm1_(pass, conv1_(pass, x)).relu_();
    y = norm2_(pass, conv2_(pass, y));
    y += shortcut_ ? (*shortcut_norm_)(pass, (*shortcut_)(pass, x)) : x;
    return y.relu_();
  }

 private:
  Convolution conv1_;
  BatchNorm norm1_;
  Convolution conv2_;
  BatchNorm norm2_;
  std::optional<Convolution> shortcut_;
  std::optional<BatchNorm> shortcut_norm_;
};

class Resnet18 final : public Net {
 public:
  Resnet18(const NetTask& task, std::int64_t width)
      : stem_(*this, "conv1", {.in = task.channels, .out = width}),
        stem_norm_(*this, "bn1", width) {
    std::int64_t channels = width;
    for (int stage = 1; stage <= 4; ++stage) {
      const std::int64_t out = width << (stage - 1);
      const std::string name = "layer" + std::to_string(stage);
      blocks_.emplace_back(*this, name + ".0", channels, out, stage == 1 ? 1 : 2);
      blocks_.emplace_back(*this, name + ".1", out, out, 1);
      channels = out;
    }
    linear_.emplace(*this, "linear", channels, task.classes);
  }

  [[nodiscard]] at::Tensor forward(const NetPass& pass, at::Tensor images) const override {
    at::Tensor x = stem_norm_(pass, stem_(pass, images)).relu_();
    for (const BasicBlock& block : blocks_) x = block(pass, x);
    return (*linear_)(pass, x.mean({2, 3}));
  }

 private:
  Convolution stem_;
  BatchNorm stem_norm_;
  std::vector<BasicBlock> blocks_;
  std::optional<Linear> linear_;
};

}  // namespace

std::unique_ptr<Net> make_resnet18(const NetTask& task, std::int64_t width) {
  return std::make_unique<Resnet18>(task, width);
}

}  // namespace gradwire::learn
