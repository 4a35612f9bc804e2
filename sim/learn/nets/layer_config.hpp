#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/choice_names.hpp"

namespace gradwire::learn {

enum class LayerKind {
  linear,
  conv,
  max_pool,
  average_pool,
  adaptive_average_pool,
  global_average_pool,
  batch_norm,
  relu,
  leaky_relu,
  tanh,
  sigmoid,
  gelu,
  dropout,
  flatten,
  residual
};

/// In the order of LayerKind.
inline constexpr Choice layer_choices[] = {
    {"linear", "fully connected; expects a vector"},
    {"conv", "two-dimensional convolution"},
    {"max_pool", "maximum of each window"},
    {"average_pool", "mean of each window"},
    {"adaptive_average_pool", "means of size x size windows that cover the image"},
    {"global_average_pool", "mean of each channel; gives a vector"},
    {"batch_norm", "of each channel, or of each entry of a vector"},
    {"relu", "max(x, 0)"},
    {"leaky_relu", "x where positive, else slope x"},
    {"tanh", "hyperbolic tangent"},
    {"sigmoid", "1 / (1 + exp(-x))"},
    {"gelu", "x Phi(x), Phi the normal distribution function"},
    {"dropout", "zeros with probability p in training, the others times 1 / (1 - p)"},
    {"flatten", "an image as a vector"},
    {"residual", "the sum of what its layers and its shortcut give"}};
static_assert(has_row_for_each(layer_choices, LayerKind::residual));

/// In one list.
inline constexpr std::size_t most_layers = 1000;

/// One entry of "model.layers". The size of its input follows from the layers before it.
struct LayerConfig {
  LayerKind kind = LayerKind::linear;
  std::string name = {};      ///< of its parameters; empty: its number in its list, from 0
  std::int64_t units = 0;     ///< linear: outputs; 0: as many as there are classes
  std::int64_t channels = 1;  ///< conv: outputs
  std::int64_t kernel = 3;    ///< conv, pools: rows and columns of the window
  std::optional<std::int64_t> stride = {};  ///< conv, pools; none: 1, and the kernel of a pool
  std::int64_t padding = 0;                 ///< conv, pools: on each side
  bool bias = true;                         ///< linear, conv
  std::int64_t size = 1;                 ///< adaptive_average_pool: rows and columns of the output
  double slope = 0.01;                   ///< leaky_relu
  double p = 0.5;                        ///< dropout
  std::vector<LayerConfig> layers = {};  ///< residual
  std::vector<LayerConfig> shortcut = {};  ///< residual; empty: its input
  friend bool operator==(const LayerConfig&, const LayerConfig&) = default;
};

}  // namespace gradwire::learn
