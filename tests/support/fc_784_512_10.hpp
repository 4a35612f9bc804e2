#pragma once

#include "sim/core/layout.hpp"

namespace gradwire {

/// The tensors of a net with 784 inputs, 512 hidden units and 10 outputs: d = 407,050.
inline Layout fc_784_512_10() {
  Layout layout;
  layout.add("0.weight", {512, 784});
  layout.add("0.bias", {512});
  layout.add("2.weight", {10, 512});
  layout.add("2.bias", {10});
  return layout;
}

}  // namespace gradwire
