#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/iteration_work.hpp"

namespace gradwire {

/// Properties of the recorded run as a whole.
struct TraceHeader {
  std::int64_t workers = 0;     ///< M
  std::int64_t iterations = 0;  ///< number of iterations in the trace
  std::int64_t iterations_per_epoch = 1;
  std::int64_t parameters = 0;  ///< d
  Bytes server_state;
  Bytes worker_state;
  bool diverged = false;  ///< the run diverged in the last iteration
  std::string blas;       ///< BLAS that computed the run
  std::string learning;   ///< digest of the settings that training depends on
  friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

/// Writes the iterations of a run to a file:
///
///   "GWTRACE\n", u32 version, u32 0, u64 bytes of the packed body, u64 bytes of the unpacked body,
///   u64 XXH3 of the packed body; then the body, packed by zlib. Little endian.
///   body      = the header's members, then the iterations
///   iteration = one bit for each optional part (changed work, changed model size, test, top-5,
///               sources), then the parts present; always loss and hits of the minibatches
///   work      = per worker: the set of columns that differ from the worker's last upload (in the
///               first iteration: from the previous worker), then their differences. A skip changes
///               no column of sizes.
///
/// Numbers are in LEB128, differences zigzag, doubles their 8 bytes. The contents do not depend on
/// the machine's clock or threads.
class TraceWriter {
 public:
  /// Appends the next iteration, with the evaluation after it if there was one (work.test is
  /// ignored).
  void add(const IterationWork& work, const std::optional<Evaluation>& evaluation);
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }
  /// Returns the contents of the file; `header.iterations` is set to iterations().
  [[nodiscard]] std::string file(TraceHeader header) const;

 private:
  std::string rows_;
  std::vector<WorkerWork> last_;  ///< [M], with the sizes of each worker's newest upload
  Bytes model_;
  std::int64_t iterations_ = 0;
};

/// Reads a trace iteration by iteration. No length or count in the file is trusted before it is
/// checked: memory is bounded by the file's size and `most_unpacked`, not by the contents of the
/// file; the memory of an iteration is bounded by header().workers, which the caller must compare
/// with the scenario's before the first next().
class TraceReader {
 public:
  /// Maximum number of bytes of the unpacked body in memory. A shorter body is unpacked as a whole.
  static constexpr std::size_t most_unpacked = std::size_t{64} << 20;

  /// Throws InputError for a file that is missing, not a trace, of a newer version, truncated or
  /// damaged.
  explicit TraceReader(const std::filesystem::path& file);
  /// `bytes` are the contents of a file; errors call it `name`.
  TraceReader(std::string_view bytes, std::string name);
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  [[nodiscard]] const TraceHeader& header() const { return header_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Approximate memory in use.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::int64_t iterations_read() const { return read_; }
  [[nodiscard]] bool at_end() const { return read_ == header_.iterations; }
  /// The next iteration; valid until the next call. Throws InputError after the last one.
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
  std::string body_;  ///< a part of the body, or all of it
  std::size_t position_ = 0;
  TraceHeader header_;
  std::int64_t read_ = 0;
  std::vector<WorkerWork> last_;
  IterationWork work_;
};

}  // namespace gradwire
