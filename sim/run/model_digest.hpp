#pragma once

#include <string>

#include "sim/core/model.hpp"
#include "sim/core/problem.hpp"

namespace gradwire {

/// XXH3-128 of theta's bytes, followed by the problem's state where evaluations depend on it, as on
/// batch norm's running statistics (D21).
[[nodiscard]] std::string model_digest(const ModelVersion& model, Problem& problem);

}  // namespace gradwire
