#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/learn/config.hpp"
#include "sim/learn/nets/net.hpp"

namespace gradwire::learn {

/// Input images and number of classes of a net.
struct NetTask {
  std::int64_t channels = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t classes = 10;
};

// One model per file. To add one: declare a function here, compose the layers in a class in a new
// file next to resnet18.cpp, and add the name to make_net() (nets.cpp), to ModelKind and its table
// (learn/config.hpp), and for users to known_models() (learn/data/catalogue.cpp).

/// ResNet-18 for small images (He et al. 2016, with the stem of section 4.2): 3 x 3 stem without
/// pooling, four stages of two basic blocks with width, 2 width, 4 width, 8 width channels, global
/// average pooling, linear. 62 tensors; 11,173,962 parameters for 3 channels, 10 classes, width 64.
[[nodiscard]] std::unique_ptr<Net> make_resnet18(const NetTask& task, std::int64_t width);

/// Two 5 x 5 convolutions of 32 and 64 channels, each followed by ReLU and 2 x 2 max-pooling, a
/// layer of 512 units, linear (McMahan et al. 2017): 1,663,370 parameters for 28 x 28 grey images
/// of 10 classes.
[[nodiscard]] std::unique_ptr<Net> make_cnn(const NetTask& task);

/// Fully connected, ReLU between layers; the autograd counterpart of learn/mlp/mlp.hpp.
[[nodiscard]] std::unique_ptr<Net> make_mlp_net(const NetTask& task,
                                                const std::vector<std::int64_t>& hidden);

/// The net with that name. Throws InputError (/base/dataset/name) when the images are too small for
/// it.
[[nodiscard]] std::unique_ptr<Net> make_net(const ModelConfig& model, const NetTask& task);

}  // namespace gradwire::learn
