#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "sim/experiment/progress_display.hpp"

namespace gradwire::commands {

/// Shows how far a download is: on a terminal one line that is drawn again and goes away, elsewhere
/// a line every ten seconds. To standard error.
class FetchDisplay {
 public:
  explicit FetchDisplay(bool quiet);
  ~FetchDisplay();
  FetchDisplay(const FetchDisplay&) = delete;
  FetchDisplay& operator=(const FetchDisplay&) = delete;

  void say(const std::string& line);
  void progress(const std::string& file, std::int64_t bytes, std::int64_t of);
  /// Takes the line away: somebody else is about to write.
  void erase();

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] std::string text(std::int64_t bytes, std::int64_t of) const;

  experiment::ProgressDisplay::Mode mode_;
  std::string file_;
  std::int64_t first_bytes_ = 0;  ///< what was there when this file began
  Clock::time_point begin_;
  Clock::time_point last_draw_;
  bool drawn_ = false;
};

/// "4.5 kB", "26.4 MB".
[[nodiscard]] std::string human_bytes(std::int64_t bytes);

}  // namespace gradwire::commands
