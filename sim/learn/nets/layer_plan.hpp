#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/learn/nets/layer_config.hpp"
#include "sim/learn/nets/net_task.hpp"
#include "sim/learn/shape.hpp"

namespace gradwire::learn {

/// A layer with everything that follows from the layers before it.
struct PlannedLayer {
  LayerConfig config;  ///< with units and stride filled in; its lists are empty
  std::string name;    ///< of its parameters, without the last part: "layer1.0.conv1"
  Shape in;            ///< of one sample: {entries} of a vector, or {channels, rows, columns}
  Shape out;           ///< the same
  std::vector<PlannedLayer> layers;    ///< residual
  std::vector<PlannedLayer> shortcut;  ///< residual
};

/// A layer that does not fit what comes before it.
class LayerError : public std::runtime_error {
 public:
  /// steps: keys and numbers that lead to the layer, from the outermost list: {"3", "layers", "0"}.
  LayerError(std::vector<std::string> steps, const std::string& message)
      : std::runtime_error(message), steps_(std::move(steps)) {}
  [[nodiscard]] const std::vector<std::string>& steps() const { return steps_; }

 private:
  std::vector<std::string> steps_;
};

/// Infers the shapes and names of all layers. Throws LayerError where a layer does not fit its
/// input, where two have parameters of the same name, and where the last one does not give one
/// logit per class.
[[nodiscard]] std::vector<PlannedLayer> plan_layers(const std::vector<LayerConfig>& layers,
                                                    const NetTask& task);

}  // namespace gradwire::learn
