#pragma once

#include <functional>

#include "sim/scenario/settings/setting_visitor.hpp"

namespace gradwire::scenario {

/// Writes the settings that `declare` declares and that apply, in the order of declaration;
/// settings that are "none" are omitted.
[[nodiscard]] Json write_object(const std::function<void(SettingVisitor&)>& declare);

}  // namespace gradwire::scenario
