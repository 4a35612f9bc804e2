#pragma once

#include <functional>

#include "sim/experiment/fields.hpp"

namespace gradwire::experiment {

/// The settings that `declare` declares and that apply, in order of declaration; "none" is left
/// out.
[[nodiscard]] Json write_object(const std::function<void(Fields&)>& declare);

}  // namespace gradwire::experiment
