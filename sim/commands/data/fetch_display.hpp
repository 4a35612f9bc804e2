#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "sim/sweep/progress_display.hpp"

namespace gradwire::commands {

/// Shows the progress of a download on standard error: on a terminal one line that is redrawn and
/// erased at the end, elsewhere a line every ten seconds.
class FetchDisplay {
 public:
  explicit FetchDisplay(bool quiet);
  ~FetchDisplay();
  FetchDisplay(const FetchDisplay&) = delete;
  FetchDisplay& operator=(const FetchDisplay&) = delete;

  void say(const std::string& line);
  void progress(const std::string& file, std::int64_t bytes, std::int64_t of);
  /// Erases the drawn line, so that other output can follow.
  void erase();

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::string text(std::int64_t bytes, std::int64_t of) const;

  sweep::ProgressDisplay::Mode mode_;
  std::string file_;
  std::int64_t first_bytes_ = 0;  ///< bytes already present when this file began
  Clock::time_point begin_;
  Clock::time_point last_draw_;
  bool drawn_ = false;
};

/// Formats decimal units: "4.5 kB", "26.4 MB".
[[nodiscard]] std::string human_bytes(std::int64_t bytes);

}  // namespace gradwire::commands
