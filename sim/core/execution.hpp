#pragma once

#include <string>
#include <vector>

namespace gradwire {

// What execve() expects.

/// The environment of this process with these variables ("NAME=value") added or replaced.
[[nodiscard]] std::vector<std::string> environment_with(std::vector<std::string> variables);

/// Pointers to the texts, then null; valid as long as `texts` is unchanged.
[[nodiscard]] std::vector<char*> pointers_to(std::vector<std::string>& texts);

}  // namespace gradwire
