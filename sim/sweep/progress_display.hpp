#pragma once

#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include "sim/results/recorder.hpp"

namespace gradwire::sweep {

/// Displays the progress of a sweep. On a terminal: a bar with the time left and a line per active
/// run. Elsewhere plain lines: when a run ends, and once a minute per active run; at most one every
/// few seconds, except that every failure and the end of the last run are printed at once.
class ProgressDisplay {
 public:
  enum class Mode { quiet, plain, terminal };
  /// The mode for `stream`: quiet, plain, or terminal where the stream is one.
  static Mode mode_for(std::FILE* stream, bool quiet);

  using Clock = std::chrono::steady_clock;

  /// `pause`: minimum time between two plain lines.
  ProgressDisplay(Mode mode, std::FILE* stream, std::size_t runs, std::size_t already_complete,
                  Clock::duration pause = std::chrono::seconds(5));
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void started(const std::string& id, const std::string& label);
  void advanced(const std::string& id, const results::Progress& progress);
  /// `verdict`: "finished", "baseline", "diverged", or the error.
  void ended(const std::string& id, const std::string& verdict);
  /// Prints a line about a run, above the drawn lines.
  void note(const std::string& id, const std::string& text);
  /// The same about no run in particular.
  void remark(const std::string& text);
  /// A run that another process completed.
  void done_elsewhere(const std::string& label);

 private:
  struct Active {
    std::string label;
    results::Progress progress;
    Clock::time_point start;
    Clock::time_point shown = start;  ///< time of the last plain line
  };
  void say(const std::string& text);  ///< ignores write errors
  void draw();
  /// Prints a plain line, unless the last one is less than a pause ago and `at_once` is false; then
  /// holds it, in place of the line held before. The destructor prints the held line.
  void print_throttled(const std::string& line, bool at_once);
  /// In plain mode: prints the progress of an active run once a minute.
  void print_periodically(Active& run);
  [[nodiscard]] std::string time_left() const;
  void erase();
  [[nodiscard]] double seconds_left() const;

  Mode mode_;
  std::FILE* stream_;
  std::size_t runs_;
  std::size_t done_;
  std::size_t done_here_ = 0;
  std::map<std::string, Active> active_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_draw_{};
  Clock::duration pause_;
  Clock::time_point next_line_{};  ///< earliest time of the next plain line
  std::string held_;               ///< newest plain line not printed yet
  int lines_drawn_ = 0;
};

/// Formats a duration: "48 s", "3 min 20 s", "2 h 05 min".
[[nodiscard]] std::string human_seconds(double seconds);

}  // namespace gradwire::sweep
