#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/iteration_work.hpp"
#include "sim/trace/trace_format.hpp"
#include "sim/trace/trace_version1.hpp"

namespace gradwire {

/// Properties of the recorded run as a whole.
struct TraceHeader {
  std::int64_t workers = 0;     ///< M
  std::int64_t iterations = 0;  ///< number of iterations in the trace
  std::int64_t iterations_per_epoch = 1;
  std::int64_t parameters = 0;  ///< d
  Bytes server_state;
  Bytes worker_state;
  bool diverged = false;    ///< the run diverged in the last iteration
  std::string blas;         ///< BLAS that computed the run
  std::string learning;     ///< digest of the settings that training depends on
  std::string model;        ///< digest of the final model's parameters; empty: unknown
  EncodingNames encodings;  ///< under which the messages' sizes are given
  friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

/// Writes the iterations of a run to a file, which describes itself: its header names the
/// encodings whose sizes it has.
///
///   "GWTRACE\n", u32 version, u32 0, u64 bytes of the packed body, u64 bytes of the unpacked body,
///   u64 XXH3 of the packed body; then the body, packed by zlib. Little endian.
///   body      = the header's members, then the iterations
///   iteration = one bit for each optional element (changed parts, changed shape, test, top-5,
///               sources, objective, nodes), then the elements present; always loss and hits of the
///               minibatches
///   shape     = number of exchanges; of each: whether it is summable, its downloads, and the ends
///               of its edges
///   parts     = per exchange, worker and edge: the set of columns (trace_format.hpp) that differ
///               from the same worker's or edge's last message (in the first iteration, for
///               workers: from the previous worker), then their differences. A worker that sends
///               nothing changes no column of sizes.
///
/// Numbers are in LEB128, differences zigzag, doubles their 8 bytes. The contents do not depend on
/// the machine's clock or threads.
class TraceWriter {
 public:
  explicit TraceWriter(EncodingNames encodings) : encodings_(std::move(encodings)) {}

  /// Appends the next iteration, with the evaluation after it if there was one (work.test is
  /// ignored).
  void add(const IterationWork& work, const std::optional<Evaluation>& evaluation);
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }
  /// Returns the contents of the file; the header's iterations and encodings are set.
  [[nodiscard]] std::string file(TraceHeader header) const;

 private:
  bool put_parts(const IterationWork& work, std::string& out);
  bool put_edges(const IterationWork& work, std::string& out);

  EncodingNames encodings_;
  std::string rows_;
  std::string shape_;           ///< of the last iteration, as in the file
  std::vector<Exchange> last_;  ///< with the sizes of each worker's newest upload
  std::int64_t iterations_ = 0;
};

/// Reads a trace of this or an earlier version, iteration by iteration. No length or count in the
/// file is trusted before it is checked: memory is bounded by the file's size and `most_unpacked`,
/// not by the contents of the file; the memory of an iteration is bounded by header().workers,
/// which the caller must compare with the scenario's before the first next().
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
  /// Version of the file.
  [[nodiscard]] std::uint32_t version() const { return version_; }
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
  void read_shape();
  void check_shape() const;
  Transmission read_message();
  void read_parts();
  void read_edges();
  trace_format::Columns read_changes(const trace_format::Columns& last, std::size_t columns,
                                     std::uint64_t changed);
  void read_parts_of_version1();
  /// elements: flags of the parts that the iteration contains (trace_format.hpp).
  void read_test(std::uint64_t elements);
  void read_objective(Objective& objective);
  void read_nodes(NodesEvaluation& nodes);
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
  std::uint32_t version_ = 0;
  trace_format::ColumnOrder order_;
  std::vector<std::vector<Part>> last_;  ///< [exchange][M], with the sizes of the newest upload
  std::vector<trace_version1::Columns> last_of_version1_;  ///< [M]
  IterationWork work_;
};

}  // namespace gradwire
