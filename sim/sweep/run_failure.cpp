#include "sim/sweep/run_failure.hpp"

#include <fmt/format.h>

#include <fstream>
#include <regex>
#include <string_view>

namespace gradwire::sweep {
namespace {

namespace fs = std::filesystem;

/// The last non-empty line of a log.
std::string last_line(const fs::path& log) {
  std::ifstream file(log);
  std::string line, last;
  while (std::getline(file, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace

std::string simgrid_critical_message(const fs::path& log) {
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) {
    // Example: "[0.000000] ./src/kernel/….cpp:99: [root/CRITICAL] Cannot …".
    const std::size_t sign = line.find("/CRITICAL] ");
    if (sign == std::string::npos) continue;
    std::string words = line.substr(line.find(' ', sign) + 1);
    constexpr std::string_view uncaught = " by maestro/0: ";
    const std::size_t inner = words.find(uncaught);
    if (inner != std::string::npos) words = words.substr(inner + uncaught.size());
    // SimGrid's message for an unexpected rate of 0.
    if (words.find("Impossible") != std::string::npos) {
      return "a computation or a message makes no progress: a speed or a bandwidth is 0";
    }
    static const std::regex address(R"( \(0x[0-9a-f]+\))");
    return std::regex_replace(words, address, "");
  }
  return "";
}

std::string failure_text(int status, const fs::path& log, const std::string& words) {
  if (status > 128) {
    const std::string words_of_simgrid = simgrid_critical_message(log);
    if (words_of_simgrid.empty()) return fmt::format("killed by signal {}", status - 128);
    return fmt::format("SimGrid ended the run: {}", words_of_simgrid);
  }
  const std::string said = last_line(log);
  if (!said.empty()) return said;
  return words.empty() ? fmt::format("exit status {}", status) : words;
}

}  // namespace gradwire::sweep
