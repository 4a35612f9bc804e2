#include "sim/scenario/json/json_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/scenario/json/json_location.hpp"

namespace gradwire::scenario {

namespace {

constexpr std::size_t largest_file = std::size_t{16} << 20;
constexpr std::size_t deepest = 64;
constexpr std::size_t most_keys = 256;
constexpr std::size_t longest_reason = 160;
constexpr int pipe_timeout = 10;  ///< seconds to wait for a pipe

/// Follows the events of the parser and throws InputError for what it would accept: duplicate keys,
/// too many keys, too deep nesting.
class Watch {
 public:
  explicit Watch(const std::string& where) : where_(where) {}

  void on(Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) return open();
    if (event == Event::key) return key(parsed.get_ref<const std::string&>());
    if (event == Event::object_end || event == Event::array_end) levels_.pop_back();
    // A value is complete. If it was an entry of a list, the next one follows.
    if (!levels_.empty() && levels_.back().keys.empty()) ++levels_.back().index;
  }

  [[nodiscard]] std::string where() const {
    std::string pointer;
    for (const Level& level : levels_) {
      pointer += "/" + (level.keys.empty() ? std::to_string(level.index) : level.step);
    }
    return pointer.empty() ? where_ : where_ + ": " + pointer;
  }

 private:
  struct Level {
    std::set<std::string> keys;  ///< empty: a list, or an object before its first key
    std::string step;
    std::size_t index = 0;
  };

  void open() {
    if (levels_.size() == deepest) {
      throw InputError(where_, fmt::format("nested too deeply, at most {} levels", deepest));
    }
    levels_.emplace_back();
  }

  void key(const std::string& name) {
    Level& level = levels_.back();
    const bool is_new = level.keys.insert(name).second;
    level.step = pointer_step(name);
    if (!is_new) throw InputError(where(), "key appears twice in the same object");
    if (level.keys.size() > most_keys) {
      levels_.pop_back();
      throw InputError(where(), fmt::format("too many keys, at most {} an object", most_keys));
    }
  }

  const std::string& where_;
  std::vector<Level> levels_;
};

/// nlohmann's message without its prefix, on one line of ASCII.
std::string reason_of(const Json::parse_error& error) {
  std::string text = error.what();
  const std::size_t column = text.find("column ");
  const std::size_t colon = column == std::string::npos ? column : text.find(": ", column);
  if (colon != std::string::npos) text.erase(0, colon + 2);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  if (text.size() > longest_reason) text = text.substr(0, longest_reason) + "...";
  return text;
}

[[noreturn]] void throw_syntax_error(const Json::parse_error& error, std::string_view text,
                                     const std::string& where) {
  const std::string_view before = text.substr(0, error.byte == 0 ? 0 : error.byte - 1);
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const std::size_t column = before.size() - line_start + 1;
  throw InputError(where, fmt::format("line {}, column {}: {}", line, column, reason_of(error)));
}

/// An open file or pipe (`<(jq ...)`, /dev/stdin).
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : path_(path) {
    const std::string refused = not_a_file(path);
    if (!refused.empty() && !std::filesystem::is_fifo(path))
      throw InputError(path.string(), refused);
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // else open() may block
    if (fd_ < 0) fail();
  }
  ~InputFile() { ::close(fd_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Reads into the front of `block`; returns the number of bytes, 0 at the end. Throws InputError
  /// if a pipe delivers nothing for pipe_timeout.
  std::size_t read(std::string& block) const {
    for (;;) {
      pollfd input{.fd = fd_, .events = POLLIN, .revents = 0};
      if (::poll(&input, 1, 1000 * pipe_timeout) == 0) {
        throw InputError(
            path_.string(),
            fmt::format("is a pipe into which nobody has written for {} s", pipe_timeout));
      }
      const ssize_t count = ::read(fd_, block.data(), block.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR && errno != EAGAIN) fail();
    }
  }

 private:
  [[noreturn]] void fail() const {
    throw InputError(path_.string(), fmt::format("cannot be read: {}", std::strerror(errno)));
  }

  const std::filesystem::path& path_;
  int fd_ = -1;
};

}  // namespace

std::string read_text_file(const std::filesystem::path& file) {
  const InputFile input(file);
  std::string text, block(std::size_t{1} << 16, '\0');
  while (const std::size_t count = input.read(block)) {
    text.append(block, 0, count);
    if (text.size() > largest_file) throw InputError(file.string(), "larger than 16 MiB");
  }
  return text;
}

Json parse_json(std::string_view text, const std::string& where) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    throw InputError(where, "is UTF-16, must be UTF-8");
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    throw InputError(where, "is empty, must be a JSON object");
  }
  Watch watch(where);
  try {
    return Json::parse(text, [&watch](int, Json::parse_event_t event, Json& parsed) {
      watch.on(event, parsed);
      return true;
    });
  } catch (const Json::parse_error& error) {
    throw_syntax_error(error, text, where);
  } catch (const Json::out_of_range&) {
    throw InputError(watch.where(), "number is too large for a double");
  }
}

Json read_json_file(const std::filesystem::path& file) {
  return parse_json(read_text_file(file), file.string());
}

}  // namespace gradwire::scenario
