#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/work.hpp"

namespace gradwire {

/// What a trace says of the run as a whole.
struct TraceHeader {
  std::int64_t workers = 0;     ///< M
  std::int64_t iterations = 0;  ///< that follow
  std::int64_t iterations_per_epoch = 1;
  std::int64_t parameters = 0;  ///< d
  Bytes server_state;
  Bytes worker_state;
  bool diverged = false;  ///< in the last iteration
  std::string blas;       ///< that computed
  std::string learning;   ///< digest of the settings that learning depends on
  friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

/// The recorded iterations of a run, as a file:
///
///   "GWTRACE\n", u32 version, u32 0, u64 bytes of the packed body, u64 of the unpacked one,
///   u64 XXH3 of the packed body; then the body, packed by zlib. Little endian.
///   body      = the header's members, then the iterations
///   iteration = what it has (a bit each: other work, other model size, test, top-5, sources), then
///   that;
///               loss and hits of the minibatches always
///   work      = for each worker a set of columns that differ from the worker's last upload (in the
///               first iteration: from the worker before), and their differences. What was skipped
///               changes no column of sizes.
///
/// Numbers are in LEB128, differences zigzag, doubles their 8 bytes. Nothing in it depends on the
/// machine's clock or threads.
class TraceWriter {
 public:
  /// Appends the next iteration, with the evaluation after it where there was one (work.test does
  /// not count).
  void add(const IterationWork& work, const std::optional<Evaluation>& evaluation);
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }
  /// The whole file; `header.iterations` is filled in.
  [[nodiscard]] std::string file(TraceHeader header) const;

 private:
  std::string rows_;
  std::vector<WorkerWork> last_;  ///< [M], of the newest upload
  Bytes model_;
  std::int64_t iterations_ = 0;
};

/// Reads a trace, iteration by iteration. No length or count in the file is believed before it is
/// checked: memory is bounded by the file's size and `most_unpacked`, not by what the file says;
/// that of iterations by header().workers, which the caller compares with the scenario's before the
/// first next().
class TraceReader {
 public:
  /// Of the unpacked body that is in memory at a time. Shorter ones are there as a whole.
  static constexpr std::size_t most_unpacked = std::size_t{64} << 20;

  /// Throws InputError for a file that is missing, no trace, of a newer version, truncated or
  /// damaged.
  explicit TraceReader(const std::filesystem::path& file);
  /// `bytes` of a file that errors call `name`.
  TraceReader(std::string_view bytes, std::string name);
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  [[nodiscard]] const TraceHeader& header() const { return header_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Of memory, more or less.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::int64_t iterations_read() const { return read_; }
  [[nodiscard]] bool at_end() const { return read_ == header_.iterations; }
  /// The next iteration; valid until the next call. Throws InputError behind the last one.
  const IterationWork& next();

 private:
  class Unpacker;

  void open(std::string_view file);
  bool has(std::size_t bytes);
  void read_header();
  void read_work();
  void read_test(bool top5, bool sources);
  std::uint64_t number();
  std::int64_t count(std::int64_t most, const char* what);
  std::int64_t difference();
  double real();
  std::string text();
  [[noreturn]] void fail(const std::string& message) const;

  std::string name_;
  std::unique_ptr<Unpacker> unpacker_;
  std::string body_;  ///< or a stretch of it
  std::size_t position_ = 0;
  TraceHeader header_;
  std::int64_t read_ = 0;
  std::vector<WorkerWork> last_;
  IterationWork work_;
};

}  // namespace gradwire
