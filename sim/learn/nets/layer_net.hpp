#pragma once

#include <memory>
#include <vector>

#include "sim/learn/nets/layer_config.hpp"
#include "sim/learn/nets/net.hpp"
#include "sim/learn/nets/net_task.hpp"

namespace gradwire::learn {

/// The net of a list of layers, with PyTorch's parameters in PyTorch's order. Throws LayerError
/// (layer_plan.hpp).
[[nodiscard]] std::unique_ptr<Net> make_layer_net(const std::vector<LayerConfig>& layers,
                                                  const NetTask& task);

}  // namespace gradwire::learn
