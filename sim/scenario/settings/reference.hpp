#pragma once

#include <string>

namespace gradwire::scenario {

/// All settings as Markdown, one table per object: key, values, default, meaning.
[[nodiscard]] std::string settings_reference();

}  // namespace gradwire::scenario
