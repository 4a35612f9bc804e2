#include "sim/experiment/run_failure.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string_view>

namespace gradwire::experiment {
namespace {

namespace fs = std::filesystem;

/// The last line that a run wrote before it failed.
std::string last_line(const fs::path& log) {
  std::ifstream file(log);
  std::string line, last;
  while (std::getline(file, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

/// Why SimGrid ended the process itself, if it did.
std::string critical_line(const fs::path& log) {
  constexpr std::string_view sign = "/CRITICAL] ";
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) {
    const std::size_t found = line.find(sign);
    if (found != std::string::npos) return line.substr(found + sign.size());
  }
  return "";
}

}  // namespace

std::string failure_text(int status, const fs::path& log, const std::string& words) {
  if (status > 128) {
    const std::string why = critical_line(log);
    return fmt::format("killed by signal {}{}", status - 128, why.empty() ? "" : ": " + why);
  }
  const std::string said = last_line(log);
  if (!said.empty()) return said;
  return words.empty() ? fmt::format("exit status {}", status) : words;
}

}  // namespace gradwire::experiment
