#pragma once

#include <cstdint>
#include <vector>

#include "sim/learn/nets/layer_config.hpp"

namespace gradwire::learn {

/// ResNet-18 for small images (He et al. 2016, with the stem of section 4.2): 3 x 3 stem without
/// pooling, four stages of two basic blocks with width, 2 width, 4 width, 8 width channels, global
/// average pooling, linear. 62 tensors; 11,173,962 parameters for 3 channels, 10 classes, width 64.
[[nodiscard]] std::vector<LayerConfig> resnet18_layers(std::int64_t width);

/// Two 5 x 5 convolutions of 32 and 64 channels, each followed by ReLU and 2 x 2 max-pooling, a
/// layer of 512 units, linear (McMahan et al. 2017): 1,663,370 parameters for 28 x 28 grey images
/// of 10 classes.
[[nodiscard]] std::vector<LayerConfig> cnn_layers();

/// Fully connected, ReLU between layers; the autograd counterpart of learn/mlp/mlp.hpp.
[[nodiscard]] std::vector<LayerConfig> mlp_layers(const std::vector<std::int64_t>& hidden);

}  // namespace gradwire::learn
