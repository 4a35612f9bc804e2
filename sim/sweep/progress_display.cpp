#include "sim/sweep/progress_display.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace gradwire::sweep {
namespace {

constexpr int bar_cells = 24;

int columns_of(std::FILE* stream) {
  winsize size = {};
  const bool known = ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::string bar(double share) {
  const int full = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * bar_cells));
  return "[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(bar_cells - full), '.') + "]";
}

double share_of(const results::Progress& progress) {
  return progress.iterations == 0
             ? 0.0
             : static_cast<double>(progress.iteration) / static_cast<double>(progress.iterations);
}

std::string describe(const results::Progress& progress) {
  const std::string accuracy = progress.test_accuracy
                                   ? fmt::format("accuracy {:.4f}", *progress.test_accuracy)
                                   : std::string("not evaluated yet");
  return fmt::format("iteration {}/{}, {}, {} rounds", progress.iteration, progress.iterations,
                     accuracy, progress.rounds);
}

}  // namespace

std::string human_seconds(double seconds) {
  const auto whole = std::llround(seconds);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

ProgressDisplay::Mode ProgressDisplay::mode_for(std::FILE* stream, bool quiet) {
  if (quiet) return Mode::quiet;
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(::fileno(stream)) == 1 && !dumb ? Mode::terminal : Mode::plain;
}

ProgressDisplay::ProgressDisplay(Mode mode, std::FILE* stream, std::size_t runs,
                                 std::size_t already_complete, Clock::duration pause)
    : mode_(mode), stream_(stream), runs_(runs), done_(already_complete), pause_(pause) {
  if (mode_ != Mode::quiet && already_complete > 0) {
    say(fmt::format("{} of {} runs are complete already\n", already_complete, runs));
  }
}

ProgressDisplay::~ProgressDisplay() {
  if (mode_ == Mode::terminal) erase();
  say(held_);
  std::fflush(stream_);
}

void ProgressDisplay::started(const std::string& id, const std::string& label) {
  const Clock::time_point now = Clock::now();
  active_[id] = {.label = label, .progress = {}, .start = now, .shown = now};
  draw();
}

void ProgressDisplay::advanced(const std::string& id, const results::Progress& progress) {
  Active& run = active_[id];
  run.progress = progress;
  draw();
  print_periodically(run);
}

void ProgressDisplay::note(const std::string& id, const std::string& text) {
  remark(fmt::format("{}: {}", active_[id].label, text));
}

void ProgressDisplay::done_elsewhere(const std::string& label) {
  ++done_;
  if (mode_ == Mode::quiet) return;
  if (mode_ == Mode::terminal) erase();
  const std::string line =
      fmt::format("[{}/{}] {}: completed by another gradwire\n", done_, runs_, label);
  if (mode_ == Mode::terminal) say(line);
  if (mode_ == Mode::plain) print_throttled(line, done_ == runs_);
  std::fflush(stream_);
  draw();
}

void ProgressDisplay::remark(const std::string& text) {
  if (mode_ == Mode::quiet) return;
  if (mode_ == Mode::terminal) erase();
  say(fmt::format("note: {}\n", text));
  std::fflush(stream_);
  if (mode_ == Mode::terminal) last_draw_ = {};
  draw();
}

void ProgressDisplay::ended(const std::string& id, const std::string& verdict) {
  const Active run = active_[id];
  active_.erase(id);
  ++done_;
  ++done_here_;
  if (mode_ == Mode::terminal) erase();
  if (mode_ != Mode::quiet) {
    const double took = std::chrono::duration<double>(Clock::now() - run.start).count();
    const std::string line = fmt::format("[{}/{}] {}: {} after {}, {}\n", done_, runs_, run.label,
                                         verdict, human_seconds(took), describe(run.progress));
    const bool failed = verdict.starts_with("FAILED");
    if (mode_ == Mode::terminal) say(line);
    if (mode_ == Mode::plain) print_throttled(line, failed || done_ == runs_);
    std::fflush(stream_);
  }
  if (mode_ == Mode::terminal) last_draw_ = {};
  draw();
}

double ProgressDisplay::seconds_left() const {
  double work_done = static_cast<double>(done_here_);
  for (const auto& [id, run] : active_) work_done += share_of(run.progress);
  if (work_done <= 0.0) return NAN;
  const double here = static_cast<double>(runs_ - (done_ - done_here_));
  const double took = std::chrono::duration<double>(Clock::now() - start_).count();
  return took / work_done * (here - work_done);
}

std::string ProgressDisplay::time_left() const {
  const double left = seconds_left();
  return std::isnan(left) ? "starting" : human_seconds(left) + " left";
}

void ProgressDisplay::print_throttled(const std::string& line, bool at_once) {
  const Clock::time_point now = Clock::now();
  if (!at_once && now < next_line_) {
    held_ = line;
    return;
  }
  held_.clear();
  next_line_ = now + pause_;
  say(line);
}

void ProgressDisplay::print_periodically(Active& run) {
  using namespace std::chrono_literals;
  const Clock::time_point now = Clock::now();
  if (mode_ != Mode::plain || now - run.shown < 60s || now < next_line_) return;
  run.shown = now;
  print_throttled(fmt::format("[{}/{}] {}: {}; {}\n", done_, runs_, run.label,
                              describe(run.progress), time_left()),
                  false);
  std::fflush(stream_);
}

void ProgressDisplay::say(const std::string& text) { std::fputs(text.c_str(), stream_); }

void ProgressDisplay::erase() {
  if (lines_drawn_ > 0) say(fmt::format("\x1b[{}F\x1b[J", lines_drawn_));
  lines_drawn_ = 0;
}

void ProgressDisplay::draw() {
  using namespace std::chrono_literals;
  if (mode_ != Mode::terminal || Clock::now() - last_draw_ < 100ms) return;
  last_draw_ = Clock::now();
  erase();
  double share = static_cast<double>(done_);
  for (const auto& [id, run] : active_) share += share_of(run.progress);
  const auto width = static_cast<std::size_t>(columns_of(stream_) - 1);
  const auto line = [&](std::string text) {
    say(text.substr(0, width) + "\n");
    ++lines_drawn_;
  };
  line(fmt::format("{} {}/{} runs, {}", bar(share / static_cast<double>(runs_)), done_, runs_,
                   time_left()));
  for (const auto& [id, run] : active_) {
    line(fmt::format("  {}: {}", run.label, describe(run.progress)));
  }
  std::fflush(stream_);
}

}  // namespace gradwire::sweep
