#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gradwire::results {

/// Names a process among those of all hosts that share a folder, also across restarts. As text:
/// "node7@1f2e3d4c5b6a7988@4711@93021".
struct ProcessName {
  std::string host;           ///< letters, digits, '.', '_', '-'
  std::string machine;        ///< digest of host name, machine id and process namespace
  std::string boot;           ///< digest of the boot's id
  std::int64_t pid = 0;       ///< process id
  std::uint64_t started = 0;  ///< clock ticks between the boot and the start of the process

  [[nodiscard]] std::string text() const;
  /// For messages: "node7, process 4711".
  [[nodiscard]] std::string shown() const;
  bool operator==(const ProcessName&) const = default;
};

/// Nullopt if the text is not of ProcessName::text().
[[nodiscard]] std::optional<ProcessName> parse_process_name(std::string_view text);

/// The name of the calling process.
[[nodiscard]] const ProcessName& this_process();

enum class Liveness { alive, dead, unknown };

/// Whether the process runs; unknown for a process of another host.
[[nodiscard]] Liveness liveness_here(const ProcessName& process);

/// Ending of the name of an unfinished file or folder: ".partial-PROCESS".
[[nodiscard]] std::string partial_suffix();

/// The process that an unfinished file or folder belongs to; nullopt if `name` is of no such file,
/// or of one of gradwire 0.1, which did not write the host.
[[nodiscard]] std::optional<ProcessName> owner_of_partial(std::string_view name);

}  // namespace gradwire::results
