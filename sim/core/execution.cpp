#include "sim/core/execution.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace gradwire {

std::vector<std::string> environment_with(std::vector<std::string> variables) {
  const std::size_t given = variables.size();
  const auto is_given = [&](std::string_view text) {
    return std::ranges::any_of(std::span(variables).first(given), [&](const std::string& one) {
      return text.starts_with(std::string_view(one).substr(0, one.find('=') + 1));
    });
  };
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!is_given(*variable)) variables.emplace_back(*variable);
  }
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace gradwire
