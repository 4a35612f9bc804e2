#pragma once

#include <optional>

#include "sim/core/layout.hpp"
#include "sim/learn/config.hpp"

namespace gradwire::learn {

/// The tensors of a model whose shapes follow from the settings alone: that of a net that is a list
/// of layers, for data whose samples' shape is known before their files are read; none for others.
/// Without LibTorch. Throws LayerError (layer_plan.hpp).
[[nodiscard]] std::optional<Layout> usual_layout(const ModelConfig& model,
                                                 const DatasetConfig& dataset);

}  // namespace gradwire::learn
