#pragma once

#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include "sim/experiment/recorder.hpp"

namespace gradwire::experiment {

/// Shows people how far a sweep is. On a terminal: a bar with the time that is left, and a line for
/// each active run. Elsewhere, plain lines: when a run ends, and once a minute for each active run;
/// one every few seconds at most, but every failure at once, and the last run's end.
class ProgressDisplay {
 public:
  enum class Mode { quiet, plain, terminal };
  /// What suits `stream`.
  static Mode mode_for(std::FILE* stream, bool quiet);

  using Clock = std::chrono::steady_clock;

  /// `pause`: between two plain lines.
  ProgressDisplay(Mode mode, std::FILE* stream, std::size_t runs, std::size_t already_complete,
                  Clock::duration pause = std::chrono::seconds(5));
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void started(const std::string& id, const std::string& label);
  void advanced(const std::string& id, const Progress& progress);
  /// `verdict`: "finished", "baseline", "diverged" or what went wrong.
  void ended(const std::string& id, const std::string& verdict);
  /// A line about a run, above what is drawn.
  void note(const std::string& id, const std::string& text);

 private:
  struct Active {
    std::string label;
    Progress progress;
    Clock::time_point start;
    Clock::time_point shown = start;  ///< by a plain line
  };
  void say(const std::string& text);  ///< does not mind when nobody can read it
  void draw();
  /// A plain line, unless the last one is too recent; then it is kept for the end, or replaced.
  void say_in_time(const std::string& line, bool at_once);
  /// Without a terminal: once a minute, how far an active run is.
  void pulse(Active& run);
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
  Clock::time_point next_line_{};  ///< not before
  std::string held_;               ///< the newest plain line that came too early
  int lines_drawn_ = 0;
};

/// "48 s", "3 min 20 s", "2 h 05 min".
[[nodiscard]] std::string human_seconds(double seconds);

}  // namespace gradwire::experiment
