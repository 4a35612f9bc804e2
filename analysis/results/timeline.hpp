#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/results/run.hpp"

namespace gradwire::analysis {

/// An activity of one track.
struct Span {
  std::int64_t iteration = 0;
  int track = 0;            ///< index into Timeline::tracks
  int kind = 0;             ///< index into Timeline::kinds
  double begin = 0.0;       ///< simulated seconds
  double duration = 0.0;    ///< seconds
  std::int64_t bytes = -1;  ///< -1 if not recorded
};

/// A run's timeline.json, or a part of it.
struct Timeline {
  std::vector<std::string> tracks;  ///< "server", "worker 0", ..., in ascending order of tid
  std::vector<std::string> kinds;   ///< "compute", "upload", "wait", ...
  std::vector<Span> spans;
  std::vector<std::int64_t> iterations;  ///< iterations that were kept, ascending
  std::size_t recorded = 0;              ///< number of iterations in the file
};

struct RunTimeline {
  const Run* run = nullptr;
  Timeline timeline;
};

/// Timelines for the page: those of the first eight runs that recorded one. `notes` gains a
/// sentence for each file that cannot be read.
[[nodiscard]] std::vector<RunTimeline> timelines_of(const Results& results,
                                                    std::vector<std::string>& notes);

/// Reads a Chrome trace of complete events. Keeps at most `most_iterations` iterations: half of
/// them are the first ones, the others are evenly spaced over the rest. Throws InputError.
[[nodiscard]] Timeline read_timeline(const std::filesystem::path& file,
                                     std::size_t most_iterations);

}  // namespace gradwire::analysis
