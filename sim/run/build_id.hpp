#pragma once

#include <string>

namespace gradwire::run {

/// The linker's build id of this program in hexadecimal digits; "unknown" if it has none. Two
/// builds of equal code by the same compiler have equal ids.
[[nodiscard]] std::string build_id();

}  // namespace gradwire::run
