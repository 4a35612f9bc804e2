#include <ATen/ATen.h>

#include <string>

#include "sim/learn/nets/nets.hpp"

namespace gradwire::learn {
namespace {

class MlpNet final : public Net {
 public:
  MlpNet(const NetTask& task, std::vector<std::int64_t> widths) {
    widths.push_back(task.classes);
    std::int64_t in = task.channels * task.rows * task.columns;
    for (std::size_t l = 0; l < widths.size(); ++l) {  // odd modules are ReLUs
      layers_.emplace_back(*this, std::to_string(2 * l), in, widths[l]);
      in = widths[l];
    }
  }

  [[nodiscard]] at::Tensor forward(const NetPass& pass, at::Tensor images) const override {
    at::Tensor x = layers_.front()(pass, images.flatten(1));
    for (std::size_t l = 1; l < layers_.size(); ++l) x = layers_[l](pass, x.relu_());
    return x;
  }

 private:
  std::vector<Linear> layers_;
};

}  // namespace

std::unique_ptr<Net> make_mlp_net(const NetTask& task, const std::vector<std::int64_t>& hidden) {
  return std::make_unique<MlpNet>(task, hidden);
}

}  // namespace gradwire::learn
