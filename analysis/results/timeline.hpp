#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// What one track did for a while.
struct Span {
  std::int64_t iteration = 0;
  int track = 0;            ///< index into Timeline::tracks
  int kind = 0;             ///< index into Timeline::kinds
  double begin = 0.0;       ///< simulated seconds
  double duration = 0.0;    ///< seconds
  std::int64_t bytes = -1;  ///< -1: none said
};

/// A run's timeline.json, or a part of it.
struct Timeline {
  std::vector<std::string> tracks;  ///< "server", "worker 0", ..., in the order of their numbers
  std::vector<std::string> kinds;   ///< "compute", "upload", "wait", ...
  std::vector<Span> spans;
  std::vector<std::int64_t> iterations;  ///< those that are kept, ascending
  std::size_t recorded = 0;              ///< iterations in the file
};

struct RunTimeline {
  const Run* run = nullptr;
  Timeline timeline;
};

/// What a page shows of runs that recorded their timelines: the first eight. `notes` gain a
/// sentence for each file that cannot be read.
[[nodiscard]] std::vector<RunTimeline> timelines_of(const Results& results,
                                                    std::vector<std::string>& notes);

/// Reads a Chrome trace of complete events; keeps at most `most_iterations`: the first ones, and as
/// many evenly spaced ones. Throws InputError.
[[nodiscard]] Timeline read_timeline(const std::filesystem::path& file,
                                     std::size_t most_iterations);

}  // namespace gradwire::analysis
