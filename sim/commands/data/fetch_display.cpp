#include "sim/commands/data/fetch_display.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace gradwire::commands {
namespace {

using Mode = sweep::ProgressDisplay::Mode;
using namespace std::chrono_literals;

std::size_t columns() {
  winsize size = {};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1U : 79U;
}

/// Not fmt::print, which throws when the stream is closed.
void put(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string human_bytes(std::int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1'000) return fmt::format("{} bytes", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", value / 1e3);
  return fmt::format("{:.1f} MB", value / 1e6);
}

FetchDisplay::FetchDisplay(bool quiet) : mode_(sweep::ProgressDisplay::mode_for(stderr, quiet)) {}

FetchDisplay::~FetchDisplay() { erase(); }

void FetchDisplay::say(const std::string& line) {
  if (mode_ == Mode::quiet) return;
  erase();
  put(line + "\n");
}

void FetchDisplay::progress(const std::string& file, std::int64_t bytes, std::int64_t of) {
  if (mode_ == Mode::quiet) return;
  const auto now = Clock::now();
  if (file != file_) {
    file_ = file;
    first_bytes_ = bytes;
    begin_ = last_draw_ = now;
  }
  const auto interval = mode_ == Mode::terminal ? 100ms : 10'000ms;
  if (now - last_draw_ < interval) return;
  last_draw_ = now;
  if (mode_ == Mode::plain) return put(text(bytes, of) + "\n");
  put("\r\x1b[K" + text(bytes, of).substr(0, columns()));
  drawn_ = true;
}

std::string FetchDisplay::text(std::int64_t bytes, std::int64_t of) const {
  const double took = std::chrono::duration<double>(Clock::now() - begin_).count();
  const double speed = took > 0.0 ? static_cast<double>(bytes - first_bytes_) / took : 0.0;
  const std::string left =
      speed > 0.0 ? sweep::human_seconds(static_cast<double>(of - bytes) / speed) + " left"
                  : "waiting";
  return fmt::format("{}: {} of {} ({} %), {}/s, {}", file_, human_bytes(bytes), human_bytes(of),
                     of > 0 ? 100 * bytes / of : 100, human_bytes(static_cast<std::int64_t>(speed)),
                     left);
}

void FetchDisplay::erase() {
  if (drawn_) put("\r\x1b[K");
  drawn_ = false;
}

}  // namespace gradwire::commands
