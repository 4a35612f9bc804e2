#pragma once

#include <memory>

#include "sim/learn/config.hpp"
#include "sim/learn/nets/net.hpp"
#include "sim/learn/nets/net_task.hpp"

namespace gradwire::learn {

/// The net with that name. Throws InputError (/base/dataset/name, or below /base/model) when it
/// does not fit the images.
[[nodiscard]] std::unique_ptr<Net> make_net(const ModelConfig& model, const NetTask& task);

}  // namespace gradwire::learn
