#pragma once

#include "sim/trace/trace.hpp"

namespace gradwire {

/// Whether two traces hold the same iterations, as far as both say: sizes are compared under the
/// encodings that both have. Reads both to their ends.
[[nodiscard]] bool have_same_iterations(TraceReader& a, TraceReader& b);

}  // namespace gradwire
