#include "sim/results/claims/process_name.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "sim/scenario/digest.hpp"

namespace gradwire::results {
namespace {

constexpr std::size_t digest_digits = 8;

std::string first_line(const char* file) {
  std::string line;
  std::ifstream stream(file);
  std::getline(stream, line);
  return line;
}

std::string short_digest(const std::string& text) {
  return scenario::digest_of(text).substr(0, digest_digits);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

std::string printable_host(std::string name) {
  for (char& c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
    if (!plain) c = '_';
  }
  return name.empty() ? "unknown" : name;
}

/// Containers of one host have process ids of their own.
std::string process_namespace() {
  std::error_code missing;
  return std::filesystem::read_symlink("/proc/self/ns/pid", missing).string();
}

/// Field 22 of /proc/PID/stat; nullopt if there is no such process, or only its exit status.
std::optional<std::uint64_t> start_of(std::int64_t pid) {
  const std::string stat = first_line(fmt::format("/proc/{}/stat", pid).c_str());
  const std::size_t name_end = stat.rfind(')');  // the name may contain anything
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string state, skipped;
  fields >> state;
  constexpr int fields_between = 18;
  for (int i = 0; i < fields_between; ++i) fields >> skipped;
  std::uint64_t started = 0;
  if (!(fields >> started) || state == "Z" || state == "X") return std::nullopt;
  return started;
}

ProcessName name_of_this_process() {
  const std::string host = host_name();
  return {.host = printable_host(host),
          .machine = short_digest(host + "\n" + first_line("/etc/machine-id") + "\n" +
                                  process_namespace()),
          .boot = short_digest(first_line("/proc/sys/kernel/random/boot_id")),
          .pid = ::getpid(),
          .started = start_of(::getpid()).value_or(0)};
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

constexpr std::string_view partial_mark = ".partial-";

}  // namespace

std::string ProcessName::text() const {
  return fmt::format("{}@{}{}@{}@{}", host, machine, boot, pid, started);
}

std::string ProcessName::shown() const { return fmt::format("{}, process {}", host, pid); }

std::optional<ProcessName> parse_process_name(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '@');
  if (parts.size() != 4 || parts[0].empty() || parts[1].size() != 2 * digest_digits) {
    return std::nullopt;
  }
  ProcessName name{.host = std::string(parts[0]),
                   .machine = std::string(parts[1].substr(0, digest_digits)),
                   .boot = std::string(parts[1].substr(digest_digits))};
  if (!read_number(parts[2], name.pid) || !read_number(parts[3], name.started)) return std::nullopt;
  return name;
}

const ProcessName& this_process() {
  static ProcessName name = name_of_this_process();
  if (name.pid != ::getpid()) name = name_of_this_process();  // in a forked process
  return name;
}

Liveness liveness_here(const ProcessName& process) {
  const ProcessName& here = this_process();
  if (process.host != here.host || process.machine != here.machine) return Liveness::unknown;
  if (process.boot != here.boot) return Liveness::dead;
  return start_of(process.pid) == process.started ? Liveness::alive : Liveness::dead;
}

std::string partial_suffix() { return std::string(partial_mark) + this_process().text(); }

std::optional<ProcessName> owner_of_partial(std::string_view name) {
  const std::size_t mark = name.rfind(partial_mark);
  if (mark == std::string_view::npos) return std::nullopt;
  std::string_view owner = name.substr(mark + partial_mark.size());
  // A run's folder: ".partial-ID@PROCESS".
  if (std::ranges::count(owner, '@') == 4) owner = owner.substr(owner.find('@') + 1);
  return parse_process_name(owner);
}

}  // namespace gradwire::results
