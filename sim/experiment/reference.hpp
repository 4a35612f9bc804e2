#pragma once

#include <string>

namespace gradwire::experiment {

/// All settings as Markdown, a table an object: key, values, default, meaning.
[[nodiscard]] std::string settings_reference();

}  // namespace gradwire::experiment
