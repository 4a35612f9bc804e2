#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/learn/config.hpp"
#include "sim/learn/nets/net.hpp"

namespace gradwire::learn {

/// What a net is made for.
struct NetTask {
  std::int64_t channels = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t classes = 10;
};

// A model a file. To add one: a function here, a class in a file of its own beside resnet18.cpp
// that puts its layers together, its name in make_net() (nets.cpp), and in known_models()
// (learn/catalogue.cpp) and `models` (experiment/settings.cpp) for people.

/// ResNet-18 for small images (He et al. 2016, section 4.2's stem): 3 x 3 stem without pooling,
/// four stages of two basic blocks with width, 2 width, 4 width, 8 width channels, mean over the
/// picture, linear. 62 tensors; 11,173,962 parameters for 3 channels, 10 classes, width 64.
[[nodiscard]] std::unique_ptr<Net> make_resnet18(const NetTask& task, std::int64_t width);

/// Two 5 x 5 convolutions of 32 and 64 channels with ReLU and 2 x 2 max-pooling behind each, a
/// layer of 512 units, linear (McMahan et al. 2017): 1,663,370 parameters for 28 x 28 grey images
/// of 10 classes.
[[nodiscard]] std::unique_ptr<Net> make_cnn(const NetTask& task);

/// Fully connected, ReLU between layers; the general form of learn/mlp.hpp.
[[nodiscard]] std::unique_ptr<Net> make_mlp_net(const NetTask& task,
                                                const std::vector<std::int64_t>& hidden);

/// The net of that name; null for an unknown one. Throws InputError (/base/dataset/name) when it
/// cannot take such images.
[[nodiscard]] std::unique_ptr<Net> make_net(const ModelConfig& model, const NetTask& task);

}  // namespace gradwire::learn
